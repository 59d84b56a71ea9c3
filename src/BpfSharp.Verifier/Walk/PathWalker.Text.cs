using System.Globalization;
using BpfSharp.Verifier.State;

namespace BpfSharp.Verifier.Walk;

internal sealed partial class PathWalker
{
    /// <summary>What a register holds, in words.</summary>
    private string Describe(in RegisterState register)
    {
        string text = register.Kind switch
        {
            RegisterKind.NotInit => "nothing",
            RegisterKind.Scalar => register.Range.IsConst ? $"the number {register.Range}" : "a number",
            RegisterKind.Context => "the context",
            RegisterKind.MapPointer => $"a pointer to {_program.Maps[register.Object]}",
            RegisterKind.MapValue => $"a pointer to a value of {_program.Maps[register.Object]}",
            RegisterKind.MapKey => $"a pointer to a key of {_program.Maps[register.Object]}",
            RegisterKind.Stack => "a stack pointer",
            RegisterKind.PacketMeta => "a pointer into packet metadata",
            RegisterKind.Packet => "a packet pointer",
            RegisterKind.PacketEnd => "the packet's end",
            RegisterKind.FlowKeys => "the flow keys",
            RegisterKind.Socket => "a socket",
            RegisterKind.SockCommon => "the common part of a socket",
            RegisterKind.TcpSocket => "the TCP fields of a socket",
            RegisterKind.XdpSocket => "an AF_XDP socket",
            RegisterKind.TracepointBuffer => "a tracepoint's buffer",
            RegisterKind.Buffer => "a buffer",
            RegisterKind.BtfPointer => $"a kernel pointer{TypeName(register)}",
            RegisterKind.Memory when register.Is(RegisterFlags.RingRecord) => $"a ring buffer record of {register.Extra} bytes",
            RegisterKind.Memory => $"memory of {register.Extra} bytes",
            RegisterKind.Arena => "an arena pointer",
            RegisterKind.Function => "a function",
            RegisterKind.Dynptr => "a dynptr",
            RegisterKind.PerCpuVariable => "a per-CPU variable",
            RegisterKind.InstructionPointer => "an instruction's address",
            _ => register.Kind.ToString(),
        };
        return register.MaybeNull ? text + " or null" : text;
    }

    private string TypeName(in RegisterState register)
    {
        Btf.BtfFile? types = register.Is(RegisterFlags.Allocated) ? _program.Object.Btf : _program.Options.KernelTypes;
        return types is not null && register.Object != 0 && types.Contains(register.Object) ? $" to {types[register.Object].Name}" : "";
    }

    /// <summary>A fact about where a value comes from and what is known of it.</summary>
    private string Where(in RegisterState register)
    {
        string known = register.IsScalar || !register.Range.IsConst ? $", offset or value {register.Range}" : "";
        return register.Origin >= 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Describe(register)}{known}, from instruction {register.Origin}{LineOf(register.Origin)}")
            : $"{Describe(register)}{known}, from the program's start";
    }

    private string LineOf(int slot) =>
        _program.Spec.FindLine(slot) is { } line ? $" ({line.Source}{(line.Source.Text is { } text ? ": " + text.Trim() : "")})" : "";
}
