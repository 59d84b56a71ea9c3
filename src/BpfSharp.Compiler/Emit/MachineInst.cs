using BpfSharp.Isa;

namespace BpfSharp.Compiler.Emit;

internal enum MachineKind : byte
{
    /// <summary>An instruction of the table.</summary>
    Plain,
    /// <summary>dst = src, 64 bits; goes when both get one register.</summary>
    Copy,
    /// <summary>A call; <see cref="MachineInst.Imm"/> is the number of argument registers.</summary>
    Call,
    Jump,
    Branch,
    Exit,
}

/// <summary>An instruction with registers still virtual: 0 to 10 are real ones, higher numbers are to be assigned.</summary>
internal sealed class MachineInst
{
    public const int FirstVirtual = 11;

    public MachineKind Kind { get; init; }

    public Op Op { get; set; }

    public int Dst { get; set; } = -1;

    public int Src { get; set; } = -1;

    public int Offset { get; set; }

    public long Imm { get; set; }

    /// <summary>Argument registers of a call.</summary>
    public int Arguments { get; init; }

    public MachineBlock? Target { get; set; }

    /// <summary>The way not taken, until layout.</summary>
    public MachineBlock? Otherwise { get; set; }

    /// <summary>Callee, or a CO-RE request.</summary>
    public object? Data { get; set; }

    public int Source { get; init; } = -1;

    /// <summary>Place on the stack whose offset is added to <see cref="Offset"/> (memory) or <see cref="Imm"/> (address).</summary>
    public StackPlace? Place { get; set; }

    public void Uses(List<int> into)
    {
        switch (Kind)
        {
            case MachineKind.Copy:
                into.Add(Src);
                return;
            case MachineKind.Call:
                for (int i = 1; i <= Arguments; i++)
                {
                    into.Add(i);
                }

                return;
            case MachineKind.Jump:
                return;
            case MachineKind.Exit:
                into.Add(0);
                return;
            case MachineKind.Branch:
                AddIf(into, Dst);
                AddIf(into, Src);
                return;
            case MachineKind.Plain:
                break;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(Op);
        switch (row.Kind)
        {
            case OpKind.Alu:
                if (row.Operation is not (Operation.Mov or Operation.MovSx))
                {
                    AddIf(into, Dst);
                }

                AddIf(into, Src);
                return;
            case OpKind.Endian:
                AddIf(into, Dst);
                return;
            case OpKind.Load:
                AddIf(into, Src);
                return;
            case OpKind.Store:
                AddIf(into, Dst);
                AddIf(into, Src);
                return;
            case OpKind.Atomic:
                AddIf(into, Dst);
                AddIf(into, Src);
                if (row.Operation == Operation.Cmpxchg)
                {
                    into.Add(0);
                }

                return;
            case OpKind.AddressSpaceCast or OpKind.LoadAcquire or OpKind.StoreRelease or OpKind.LoadImmediate64
                or OpKind.LegacyPacket or OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto or OpKind.IndirectJump
                or OpKind.Call or OpKind.Exit:
                return;
            default:
                return;
        }
    }

    /// <summary>Registers written, those a call destroys included.</summary>
    public void Defs(List<int> into)
    {
        switch (Kind)
        {
            case MachineKind.Copy:
                into.Add(Dst);
                return;
            case MachineKind.Call:
                into.AddRange([0, 1, 2, 3, 4, 5]);
                return;
            case MachineKind.Jump or MachineKind.Branch or MachineKind.Exit:
                return;
            case MachineKind.Plain:
                break;
        }

        ref readonly OpcodeInfo row = ref OpcodeTable.Get(Op);
        switch (row.Kind)
        {
            case OpKind.Alu or OpKind.Endian or OpKind.Load or OpKind.LoadImmediate64:
                into.Add(Dst);
                return;
            case OpKind.Atomic when row.Operation == Operation.Cmpxchg:
                into.Add(0);
                return;
            case OpKind.Atomic when row.Fetches:
                into.Add(Src);
                return;
            case OpKind.AddressSpaceCast or OpKind.Store or OpKind.Atomic or OpKind.LoadAcquire or OpKind.StoreRelease
                or OpKind.LegacyPacket or OpKind.Jump or OpKind.ConditionalJump or OpKind.MayGoto or OpKind.IndirectJump
                or OpKind.Call or OpKind.Exit:
                return;
            default:
                return;
        }
    }

    private static void AddIf(List<int> into, int register)
    {
        if (register is >= 0 and not 10)
        {
            into.Add(register);
        }
    }

    public override string ToString() =>
        $"{(Kind == MachineKind.Plain ? Op.ToString() : Kind.ToString())} d{Dst} s{Src} +{Offset} #{Imm}";
}

/// <summary>A place in the stack frame.</summary>
internal sealed class StackPlace(int size, int alignment)
{
    public int Size { get; } = size;

    public int Alignment { get; } = alignment;

    /// <summary>Offset from r10 (negative), once assigned.</summary>
    public int Offset { get; set; }
}

internal sealed class MachineBlock(int id)
{
    public int Id { get; } = id;

    public List<MachineInst> Insts { get; } = [];

    public List<MachineBlock> Successors { get; } = [];

    public int LoopDepth { get; init; }

    public bool Cold { get; init; }

    public int Slot { get; set; }
}

internal sealed class MachineFunction(string name)
{
    public string Name { get; } = name;

    public List<MachineBlock> Blocks { get; set; } = [];

    public int RegisterCount { get; set; } = MachineInst.FirstVirtual;

    public List<StackPlace> Places { get; } = [];

    public int NewRegister() => RegisterCount++;
}
