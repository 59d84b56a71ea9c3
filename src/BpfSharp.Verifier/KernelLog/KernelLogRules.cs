using BpfSharp.Verifier.Findings;

namespace BpfSharp.Verifier.KernelLog;

/// <summary>What the messages of the kernel's verifier mean. The first row that matches counts: special before general.</summary>
internal static class KernelLogRules
{
    private const string CheckNull = "compare the pointer with null first and use it only where it is not";
    private const string Bound = "compare the index with the size (unsigned) before it is used, or mask it with a constant";
    private const string PacketCheck = "compare the end of what is read with data_end first: if (p + size > data_end) return";
    private const string Init = "write it on every path before it is read";
    private const string Release = "release it on every path to the exit, and only once";
    private const string Unlock = "end the section on every path, in the function that began it";
    private const string OtherHelper = "choose another helper, or another program type that may call it";
    private const string Pass = "pass what the parameter asks for";
    private const string Field = "use the fields of the context as its structure declares them, each at its own width";
    private const string Encode = "let the assembler or compiler encode the instruction";
    private const string KeepPointer = "keep the pointer and a separate number; add only bounded numbers to pointers";

    internal static readonly KernelLogRule[] All =
    [
        // Structure
        new(FindingIds.TooComplex, "BPF program is too large. Processed", "split the program (tail calls), or make loops shorter"),
        new(FindingIds.Unreachable, "^unreachable insn", "remove code no path reaches"),
        new(FindingIds.JumpRange, "^jump out of range", "jump inside the function"),
        new(FindingIds.JumpRange, "jump into the middle of ldimm64", "jump to the start of the instruction"),
        new(FindingIds.JumpRange, "^call to invalid destination", "call the start of a function"),
        new(FindingIds.FallsOff, "last insn is not an exit or jmp", "end every function with exit or a jump"),
        new(FindingIds.FallsOff, "no program starts at insn", "end every function with exit or a jump"),
        new(FindingIds.CallDepth, "^the call stack of * frames is too deep", "call fewer functions inside one another; no recursion"),
        new(FindingIds.CallDepth, "recursive call", "call fewer functions inside one another; no recursion"),
        new(FindingIds.StackDepth, "combined stack size of", "move large variables to a per-CPU map"),
        new(FindingIds.StackDepth, "tail_calls are not allowed when call stack of previous frames", "use less stack before the tail call"),
        new(FindingIds.Encoding, "unknown opcode", Encode),
        new(FindingIds.Encoding, "uses reserved fields", Encode),
        new(FindingIds.Encoding, "invalid bpf_ld_imm64 insn", Encode),
        new(FindingIds.Encoding, "unrecognized bpf_ld_imm64 insn", Encode),
        new(FindingIds.Encoding, "^div by zero", "divide by a constant that is not 0"),
        new(FindingIds.Encoding, "invalid shift", Encode),
        new(FindingIds.Encoding, "invalid BPF_LD_ABS insn", Encode),
        new(FindingIds.Encoding, "^R* is invalid", Encode),
        new(FindingIds.Encoding, "frame pointer is read only", "copy r10 to another register and change that"),
        new(FindingIds.Encoding, "invalid atomic operand size", Encode),
        new(FindingIds.Encoding, "BPF_XADD uses reserved fields", Encode),
        new(FindingIds.Encoding, "invalid argument register", Encode),
        new(FindingIds.Encoding, "^direct value offset of", "stay inside the map's value"),
        new(FindingIds.Encoding, "invalid access to map value pointer, value_size", "stay inside the map's value"),
        new(FindingIds.MapUse, "is not pointing to valid bpf_map", "refer to a map that was created"),
        new(FindingIds.ReadOnly, "only read from bpf_array is supported", "the kernel's own map structure is read-only"),
        new(FindingIds.Encoding, "invalid kernel function call not eliminated", "check that the kernel function exists before it is called"),

        // Limits and loops
        new(FindingIds.InfiniteLoop, "infinite loop detected", "change the loop's variable on every round, or use bpf_loop"),
        new(FindingIds.InfiniteLoop, "back-edge from insn", "bound the loop (kernels before 5.3 take none)"),
        new(FindingIds.TooComplex, "too complex", "simplify the branches, or split the program"),
        new(FindingIds.TooComplex, "BPF program is too complex", "simplify the branches, or split the program"),

        // Uninitialised
        new(FindingIds.Uninitialised, "!read_ok", Init),
        new(FindingIds.Uninitialised, "^invalid read from stack * off *+", Init),
        new(FindingIds.Uninitialised, "^invalid read from stack off", Init),
        new(FindingIds.Uninitialised, "invalid indirect read from stack", Init),

        // References, sections
        new(FindingIds.Reference, "would lead to reference leak", Release),
        new(FindingIds.Reference, "Unreleased reference id", Release),
        new(FindingIds.Reference, "must be referenced when passed to release function", Release),
        new(FindingIds.Protocol, "is an unacquired reference", Release),
        new(FindingIds.Reference, "expects refcounted PTR_TO_BTF_ID", Release),
        new(FindingIds.Reference, "more than one arg with ref_obj_id", Pass),
        new(FindingIds.Section, "must be held for bpf_", "take the lock that lies beside the list or tree first"),
        new(FindingIds.Section, "spin_unlock of different lock", Unlock),
        new(FindingIds.Section, "without taking a lock", Unlock),
        new(FindingIds.Section, "Locking two bpf_spin_locks", "take one lock at a time"),
        new(FindingIds.Section, "cannot be used inside bpf_", Unlock),
        new(FindingIds.Section, "not allowed while holding a lock", "call it before the lock is taken or after it is let go"),
        new(FindingIds.Section, "inside bpf_spin_lock-ed region", Unlock),
        new(FindingIds.Section, "unmatched rcu read unlock", Unlock),
        new(FindingIds.Section, "unmatched attempt to enable preemption", Unlock),
        new(FindingIds.Section, "not allowed in preempt", Unlock),
        new(FindingIds.Section, "can't spin_{lock,unlock} in rbtree cb", "work on the tree without the lock functions in the callback"),
        new(FindingIds.Section, "not allowed in rbtree cb", "do it outside the callback"),
        new(FindingIds.Sleeps, "might sleep", "make the program sleepable, or call it outside the section"),
        new(FindingIds.Sleeps, "sleepable helper", "make the program sleepable, or call it outside the section"),
        new(FindingIds.Sleeps, "programs can be sleepable", "load the program without the sleepable flag"),

        // Loaders without CAP_PERFMON
        new(FindingIds.PointerArithmetic, "prohibited for !root", "keep to constants, the stack and map values, or load with CAP_PERFMON"),
        new(FindingIds.PointerLeak, "access is allowed only to CAP_PERFMON", "load with CAP_PERFMON"),
        new(FindingIds.PointerLeak, "leaks addr", "keep kernel addresses out of maps, packets and results"),
        new(FindingIds.CallNotAllowed, "are required to use arena", "load with CAP_PERFMON"),

        // Results
        new(FindingIds.ReturnValue, "At program exit the register R", "return a value the hook allows"),
        new(FindingIds.ReturnValue, "At callback return the register R", "return 0 to go on or 1 to stop"),
        new(FindingIds.StackBounds, "cannot return stack pointer to the caller", "return a number: the frame is gone then"),
        new(FindingIds.ReturnValue, "only allowed in functions that return 'int'", "let the function return int"),
        new(FindingIds.ReturnValue, "doesn't return scalar", "return a number"),

        // Protocols
        new(FindingIds.CallNotAllowed, "^calling kernel function * is not allowed", OtherHelper),
        new(FindingIds.PointerArithmetic, "dynptr_ptr ptr R", "pass the dynptr as it is, unmoved"),
        new(FindingIds.Protocol, "xpected an initialized dynptr", "make the dynptr first"),
        new(FindingIds.Protocol, "has to be an uninitialized dynptr", "give it a fresh variable"),
        new(FindingIds.Protocol, "cannot overwrite referenced dynptr", "submit or discard the dynptr first"),
        new(FindingIds.Protocol, "write to dynptr at off", "write through the dynptr functions"),
        new(FindingIds.Protocol, "unowned const bpf_dynptr", "release only what this program made"),
        new(FindingIds.Protocol, "dynptr", "use dynptrs through their functions, on the stack"),
        new(FindingIds.Protocol, "expected an initialized iter_", "begin the iterator first"),
        new(FindingIds.Protocol, "expected uninitialized iter_", "end the iterator first"),
        new(FindingIds.Protocol, "expected valid iter", "begin the iterator first"),
        new(FindingIds.Protocol, "expected an RCU CS when using", "enter the RCU section first"),
        new(FindingIds.Protocol, "bpf_list_node not found", "pass the node that lies in the object"),
        new(FindingIds.Protocol, "bpf_list_head not found", "pass the head that lies in the value"),
        new(FindingIds.Protocol, "bpf_rb_root not found", "pass the root that lies in the value"),
        new(FindingIds.Protocol, "bpf_rb_node not found", "pass the node that lies in the object"),
        new(FindingIds.Protocol, "bpf_rbtree_remove can only take", "pass the node as it was found"),
        new(FindingIds.Protocol, "but expected bpf_list_node", "pass the node the list is for"),
        new(FindingIds.Protocol, "but expected bpf_rb_node", "pass the node the tree is for"),
        new(FindingIds.Protocol, "expects arg#* at offset=", "pass the node the list or tree is for"),
        new(FindingIds.Protocol, "expected pointer to allocated object", "pass an object made with bpf_obj_new"),
        new(FindingIds.Protocol, "exception c", "give the exception callback one integer argument and call it by bpf_throw alone"),
        new(FindingIds.Protocol, "bpf_throw", "throw outside callbacks and sections"),
        new(FindingIds.Protocol, "type ID argument must be", "pass the type id of a structure of the program"),
        new(FindingIds.SpecialField, "tracing progs cannot use bpf_", "use another program type for locks, timers, lists and trees"),
        new(FindingIds.SpecialField, "no valid bpf_spin_lock", "declare the lock in the map's value type"),
        new(FindingIds.SpecialField, "no valid bpf_timer", "declare the timer in the map's value type"),
        new(FindingIds.SpecialField, "no valid kptr", "declare the kernel pointer in the map's value type"),
        new(FindingIds.SpecialField, "doesn't point to 'struct bpf_", "pass the address of the field itself"),
        new(FindingIds.SpecialField, "direct access to bpf_", "use the functions of the field"),
        new(FindingIds.SpecialField, "cannot be accessed directly by load/store", "use the functions of the field"),
        new(FindingIds.Argument, "bpf_list_head has to be at the constant offset", "pass the address of the field itself"),
        new(FindingIds.Argument, "bpf_rb_root has to be at the constant offset", "pass the address of the field itself"),
        new(FindingIds.SpecialField, "kptr", "use the kernel pointer through its functions, at its own offset and type"),
        new(FindingIds.SpecialField, "has to be at the constant offset", "pass the address of the field itself"),
        new(FindingIds.SpecialField, "bpf_timer pointer in R1 map_uid", "initialise the timer with the map it lies in"),
        new(FindingIds.SpecialField, "workqueue pointer in R1 map_uid", "initialise the work with the map it lies in"),

        // Contexts
        new(FindingIds.ContextAccess, "invalid bpf_context access", Field),
        new(FindingIds.ContextAccess, "misaligned context access", Field),
        new(FindingIds.ContextAccess, "dereference of modified ctx ptr", "load from the context's own register with a constant offset"),
        new(FindingIds.ContextAccess, "variable ctx access", "load from the context's own register with a constant offset"),
        new(FindingIds.ContextAccess, "negative offset ctx ptr", "load from the context's own register with a constant offset"),
        new(FindingIds.ContextAccess, "same insn cannot be used with different pointers", "load from each kind of pointer in code of its own"),

        // Null
        new(FindingIds.MaybeNull, "prohibited, null-check it first", CheckNull),
        new(FindingIds.MaybeNull, "invalid mem access '*or_null", CheckNull),
        new(FindingIds.MaybeNull, "Possibly NULL pointer passed", CheckNull),
        new(FindingIds.MaybeNull, "^R*type=*_or_null* expected=", CheckNull),
        new(FindingIds.Argument, "^R*type=scalar expected=", "pass the pointer the parameter asks for"),
        new(FindingIds.NotPointer, "invalid mem access 'scalar'", "load through a pointer; a pointer that was narrowed, masked or partly overwritten is a number"),
        new(FindingIds.NotPointer, "invalid mem access '", "this pointer cannot be dereferenced; use the functions made for it"),

        // Pointer arithmetic
        new(FindingIds.PointerArithmetic, "math between", KeepPointer),
        new(FindingIds.PointerArithmetic, "pointer arithmetic", KeepPointer),
        new(FindingIds.PointerArithmetic, "subtract pointer from scalar", KeepPointer),
        new(FindingIds.PointerArithmetic, "pointer * pointer prohibited", KeepPointer),
        new(FindingIds.PointerArithmetic, "pointer offset * is not allowed", KeepPointer),
        new(FindingIds.PointerArithmetic, "makes * pointer be out of bounds", KeepPointer),
        new(FindingIds.PointerArithmetic, "subtraction from stack pointer prohibited", KeepPointer),
        new(FindingIds.PointerArithmetic, "bitwise operator", KeepPointer),
        new(FindingIds.PointerArithmetic, "has pointer with unsupported alu operation", KeepPointer),
        new(FindingIds.PointerArithmetic, "dereference of modified", "load through the pointer as it was given, with a constant offset"),
        new(FindingIds.PointerLeak, "leaks addr", "keep kernel addresses out of maps, packets and results"),
        new(FindingIds.PointerLeak, "pointer comparison prohibited", "compare numbers, or load with CAP_PERFMON"),
        new(FindingIds.PointerLeak, "leak kernel pointer", "keep kernel addresses out of maps, packets and results"),

        // Bounds
        new(FindingIds.PacketBounds, "offset is outside of the packet", PacketCheck),
        new(FindingIds.PacketBounds, "^invalid access to packet", PacketCheck),
        new(FindingIds.MapBounds, "^invalid access to map value", Bound),
        new(FindingIds.MapBounds, "^invalid access to map key", Bound),
        new(FindingIds.MemoryBounds, "^invalid access to memory", Bound),
        new(FindingIds.StackBounds, "to stack", "stay inside the 512 bytes below r10, with bounded offsets"),
        new(FindingIds.StackBounds, "from stack", "stay inside the 512 bytes below r10, with bounded offsets"),
        new(FindingIds.StackBounds, "spill pointers to stack into stack frame of the caller", "hand pointers back otherwise"),
        new(FindingIds.StackBounds, "invalid size of register", "load spilled registers whole"),
        new(FindingIds.StackBounds, "attempt to corrupt spilled pointer", "do not overwrite parts of a saved pointer"),
        new(FindingIds.MemoryBounds, "unbounded memory access, use 'var &= const'", "bound the size: mask it, or compare it with a constant"),
        new(FindingIds.MemoryBounds, "min value is negative, either use unsigned or 'var &= const'", "use an unsigned size, or check that it is not negative"),
        new(FindingIds.Argument, "^invalid zero-sized", "use a map that has keys and values"),
        new(FindingIds.MemoryBounds, "invalid zero-sized", "check that the size is at least 1"),
        new(FindingIds.MemoryBounds, "unbounded memory access", Bound),
        new(FindingIds.MemoryBounds, "min value is negative", "use an unsigned index, or check that it is not negative"),
        new(FindingIds.MemoryBounds, "is outside of the allowed memory range", Bound),
        new(FindingIds.MemoryBounds, "invalid negative access", "use an offset that is not negative"),
        new(FindingIds.MemoryBounds, "buffer access", Bound),
        new(FindingIds.MemoryBounds, "variable buffer offset", "use a constant offset"),
        new(FindingIds.Argument, "memory, len pair leads to invalid memory access", Bound),
        new(FindingIds.Alignment, "^misaligned", "access the bytes at a multiple of their width, or byte by byte"),

        // Read-only
        new(FindingIds.ReadOnly, "write into map forbidden", "write another map, or create it without the read-only flag"),
        new(FindingIds.MapUse, "read from map forbidden", "read another map, or create it without the write-only flag"),
        new(FindingIds.ReadOnly, "cannot write into", "write to memory that is not read-only"),
        new(FindingIds.ReadOnly, "only read is supported", "write to memory that is not read-only"),
        new(FindingIds.ReadOnly, "does not allow writes to packet data", "use a program type that may write packets"),
        new(FindingIds.ReadOnly, "may write into memory pointed by", "pass memory that may be written"),
        new(FindingIds.ReadOnly, "BPF_ATOMIC loads from", "do atomic operations on the stack or a map's value"),
        new(FindingIds.ReadOnly, "BPF_ATOMIC stores into", "do atomic operations on the stack or a map's value"),

        // Kernel structures
        new(FindingIds.BtfAccess, "^negative offset * ptr", "give the pointer as it was loaded"),
        new(FindingIds.BtfAccess, "access beyond", "use the structure's own fields"),
        new(FindingIds.ReadOnly, "no write support to", "write only the fields the kernel opens"),
        new(FindingIds.BtfAccess, "invalid sock access", "use the structure's own fields"),
        new(FindingIds.BtfAccess, "invalid sock_common access", "use the structure's own fields"),
        new(FindingIds.BtfAccess, "invalid tcp_sock access", "use the structure's own fields"),
        new(FindingIds.ContextAccess, "invalid access to flow keys", "use the structure's own fields"),
        new(FindingIds.BtfAccess, "ptr_ access var_off", "use a constant offset"),
        new(FindingIds.BtfAccess, "is ptr_* invalid", "use the structure's own fields"),
        new(FindingIds.BtfAccess, "is bpf_array invalid", "use the structure's own fields"),

        // Calls
        new(FindingIds.License, "cannot call GPL-restricted function", "declare a GPL-compatible licence"),
        new(FindingIds.License, "cannot call GPL only function", "declare a GPL-compatible licence"),
        new(FindingIds.License, "must have a GPL compatible license", "declare a GPL-compatible licence"),
        new(FindingIds.CallNotAllowed, "cannot use helper", OtherHelper),
        new(FindingIds.CallNotAllowed, "invalid func unknown", OtherHelper),
        new(FindingIds.CallNotAllowed, "unknown func", OtherHelper),
        new(FindingIds.CallNotAllowed, "helper call is not allowed in probe", OtherHelper),
        new(FindingIds.CallNotAllowed, "metadata kfuncs require device-bound program", "bind the program to the device at load"),
        new(FindingIds.MapUse, "cannot pass map_type", "use a map of a type the helper takes"),
        new(FindingIds.MapUse, "doesn't support non-zero flags", "pass 0"),
        new(FindingIds.Argument, "helper access to the packet is not allowed", "copy the bytes to the stack first"),
        new(FindingIds.Argument, "Caller passes invalid args into func", Pass),
        new(FindingIds.Argument, "^R*type=*expected=", Pass),
        new(FindingIds.Argument, "must be referenced or trusted", "pass a pointer that was acquired, or that the hook hands out"),
        new(FindingIds.Argument, "must be a rcu pointer", "enter the RCU section first"),
        new(FindingIds.Argument, "must have zero offset when passed to", "pass the pointer as it was given"),
        new(FindingIds.Argument, "must be a known constant", "pass a constant"),
        new(FindingIds.Argument, "is not a known constant", "pass a constant"),
        new(FindingIds.Argument, "at the time of BPF_LD_ABS|IND R6 != pointer to skb", "r6 = r1 at the program's start"),
        new(FindingIds.Encoding, "is not allowed in subprogs without BTF", "compile with -g: types of functions are in the BTF"),
        new(FindingIds.CallNotAllowed, "not supported for program type", "call it in programs of another type"),
        new(FindingIds.CallNotAllowed, "supported only for fentry", "call it at fentry, fexit or fmod_ret"),
        new(FindingIds.CallNotAllowed, "kern ctx type id", "cast the context in a program whose context is a kernel structure"),
        new(FindingIds.Uninitialised, "unexpected __bpf_trap()", "look for compiler warnings on uninitialised variables"),
        new(FindingIds.Argument, "missing btf func_info", "describe the functions in BTF: callbacks need it"),
        new(FindingIds.Argument, "arg#", Pass),
        new(FindingIds.Argument, "args#", Pass),
        new(FindingIds.Argument, "is of type * but * is expected", Pass),
        new(FindingIds.Argument, "does not point to a readonly map", "pass a constant string"),
        new(FindingIds.Argument, "string is not zero-terminated", "pass a string with its zero byte"),
        new(FindingIds.Argument, "use static function instead", "make the function static, or give it arguments a global function takes"),

        new(FindingIds.MapUse, "map", "use a map the program and the helper take"),

        // Attaching
        new(FindingIds.Attach, "attach to unsupported member", "implement another member of the structure"),
        new(FindingIds.Attach, "attach_btf_id", "name what the program attaches to"),
        new(FindingIds.Attach, "failed to find the address for kernel symbol", "use a symbol this kernel has"),
    ];
}
