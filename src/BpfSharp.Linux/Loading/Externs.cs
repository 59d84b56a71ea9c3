using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Isa;
using BpfSharp.Linux.Interop;
using BpfSharp.Linux.Symbols;
using BpfSharp.Linux.Types;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>Resolves what an object expects from the kernel: functions and variables, by their BTF or their address.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Externs(BpfObject source) : IDisposable
{
    private const byte Call = 0x85;
    private const byte WideLoad = 0x18;

    // A call to a weak function that is missing becomes one to no helper: fine where the program never reaches it.
    private const int MissingCall = 2_000_000_000;

    private readonly Dictionary<string, BpfHandle> _modules = [];
    private readonly List<string> _moduleOrder = [];

    /// <summary>Descriptors for the calls' offsets: 0 is the kernel, then the modules in the order first used.</summary>
    internal int[] FdArray => _moduleOrder.Count == 0 ? [] : [0, .. _moduleOrder.Select(m => _modules[m].Fd)];

    /// <summary>Replaces the references to externs in a program's slots.</summary>
    /// <exception cref="KernelException">One that is not weak is missing.</exception>
    internal void Resolve(ProgramSpec program, Span<Instruction> slots)
    {
        for (int i = 0; i < slots.Length; i++)
        {
            Instruction slot = slots[i];
            if (slot.Opcode == Call)
            {
                if (slot.Op == Op.CallKfunc)
                {
                    slots[i] = CallOf(program, slot);
                }
            }
            else if (slot.Opcode == WideLoad)
            {
                if (slot.Op == Op.LoadBtfId)
                {
                    Load(program, slots, i);
                }

                i++;
            }
        }
    }

    public void Dispose()
    {
        foreach (BpfHandle module in _modules.Values)
        {
            module.Dispose();
        }

        _modules.Clear();
    }

    private Instruction CallOf(ProgramSpec program, Instruction slot)
    {
        ExternSpec wanted = Spec(program, slot.Imm);
        (int id, string? module) = KernelTypes.Find(EssentialName(wanted.Name), BtfKind.Function);
        if (id == 0)
        {
            return wanted.IsWeak
                ? Instruction.Encode(Op.CallHelper, imm: MissingCall + slot.Imm)
                : throw Missing(program, wanted, "kernel function");
        }

        return slot.WithImm(id).WithOffset((short)(module is null ? 0 : IndexOf(module)));
    }

    private void Load(ProgramSpec program, Span<Instruction> slots, int at)
    {
        ExternSpec wanted = Spec(program, slots[at].Imm);
        Register target = slots[at].Dst;
        if (wanted.Kind == ExternKind.UntypedKernelSymbol)
        {
            bool found = KernelSymbols.Current.TryFind(wanted.Name, out KernelSymbols.Symbol symbol) && symbol.Address != 0;
            if (!found && !wanted.IsWeak)
            {
                throw Missing(program, wanted, "symbol", KernelSymbols.Current.HasAddresses
                    ? "kernels without CONFIG_KALLSYMS_ALL list functions only"
                    : "the kernel hides its addresses from this process: it needs CAP_SYSLOG (kptr_restrict)");
            }

            slots[at] = Instruction.Encode(Op.LoadImm64, target, imm: (int)(uint)symbol.Address);
            slots[at + 1] = default(Instruction).WithImm((int)(symbol.Address >> 32));
            return;
        }

        BtfKind kind = wanted.Kind == ExternKind.Kfunc ? BtfKind.Function : BtfKind.Variable;
        (int id, string? module) = KernelTypes.Find(EssentialName(wanted.Name), kind);
        if (id == 0 && !wanted.IsWeak)
        {
            throw Missing(program, wanted, kind == BtfKind.Function ? "kernel function" : "kernel variable",
                kind == BtfKind.Variable ? "kernels list only some variables (per-CPU ones) in their BTF" : null);
        }

        slots[at] = id == 0
            ? Instruction.Encode(Op.LoadImm64, target)
            : Instruction.Encode(Op.LoadBtfId, target, imm: id);
        slots[at + 1] = default(Instruction).WithImm(module is null ? 0 : Open(module).Fd);
    }

    private ExternSpec Spec(ProgramSpec program, int index) => (uint)index < (uint)source.Externs.Count
        ? source.Externs[index]
        : throw KernelException.Missing("BPF5009", $"program '{program.Name}'", $"it refers to extern number {index} of {source.Externs.Count}");

    private int IndexOf(string module)
    {
        _ = Open(module);
        int index = _moduleOrder.IndexOf(module);
        if (index < 0)
        {
            index = _moduleOrder.Count;
            _moduleOrder.Add(module);
        }

        return index + 1;
    }

    private BpfHandle Open(string module)
    {
        if (!_modules.TryGetValue(module, out BpfHandle? handle))
        {
            handle = KernelTypes.OpenModule(module);
            _modules[module] = handle;
        }

        return handle;
    }

    /// <summary>The name without the <c>___flavour</c> that tells variants of a declaration apart.</summary>
    private static string EssentialName(string name) => System.Text.Encoding.UTF8.GetString(
        BtfFile.EssentialName(System.Text.Encoding.UTF8.GetBytes(name)));

    private static KernelException Missing(ProgramSpec program, ExternSpec wanted, string what, string? suggestion = null) =>
        KernelException.Missing("BPF5009", $"program '{program.Name}'", $"the running kernel has no {what} '{wanted.Name}'",
            suggestion ?? "declare it __weak and test for it, or use a kernel that has it");
}
