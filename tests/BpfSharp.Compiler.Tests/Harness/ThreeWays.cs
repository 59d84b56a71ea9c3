using System.Reflection;
using System.Text;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Compiler.Tests.Harness;

/// <summary>Runs a C# program as plain C#, in process and in the kernel, and compares.</summary>
internal static class ThreeWays
{
    public static bool InProcessHasPackets => true;

    public delegate uint PacketProgram(XdpContext context);

    public static void Check(string source, IEnumerable<byte[]> packets, int[]? levels = null, bool kernel = true)
    {
        byte[][] inputs = [.. packets];
        foreach (OptimizationLevel optimisation in (OptimizationLevel[])[OptimizationLevel.Release, OptimizationLevel.Debug])
        {
            SourceAssembly assembly = SourceAssembly.Build(source, optimisation);
            (uint Value, byte[] Packet)[] expected = RunPlain(assembly, inputs);
            foreach (int level in levels ?? [3, 4])
            {
                BpfObject made = assembly.Demand(cpuLevel: level);
                string what = $"{optimisation}, cpu {level}";
                if (InProcessHasPackets)
                {
                    Compare(BpfHost.InProcess, made, inputs, expected, what + ", in process", source);
                }

                if (kernel && KernelSupport.CanBpf)
                {
                    Compare(BpfHost.Kernel, made, [.. inputs.Where(i => i.Length >= 14)],
                        [.. expected.Where((_, i) => inputs[i].Length >= 14)], what + ", kernel", source);
                }
            }
        }
    }

    public static (uint Value, byte[] Packet)[] RunPlain(SourceAssembly assembly, byte[][] inputs)
    {
        MethodInfo method = assembly.Assembly.GetTypes().SelectMany(t => t.GetMethods(
                BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .First(m => m.GetCustomAttribute<XdpAttribute>() is not null);
        object? fault = method.GetCustomAttribute<XdpAttribute>()!.OnFault;
        PacketProgram program = method.CreateDelegate<PacketProgram>();
        ResetMaps(method.DeclaringType!);
        return [.. inputs.Select(input =>
        {
            XdpContext context = XdpContext.FromPacket(input);
            uint value;
            try
            {
                value = program(context);
            }
            catch (Exception e) when (e is IndexOutOfRangeException or OverflowException or DivideByZeroException
                or InvalidOperationException or ArgumentException)
            {
                value = fault is null ? 0 : Convert.ToUInt32(fault, System.Globalization.CultureInfo.InvariantCulture);
            }

            return (value, context.ToArray());
        })];
    }

    private static void ResetMaps(Type type)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (field.GetValue(null) is MapDeclaration map)
            {
                map.ResetPlain();
            }
        }
    }

    private static void Compare(
        IBpfHost host, BpfObject made, byte[][] inputs, (uint Value, byte[] Packet)[] expected, string what, string source)
    {
        LoadedObject loaded;
        try
        {
            loaded = host.Load(made);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what}: {e.Message}\n{Describe(made)}\n{source}", e);
        }

        using (loaded)
        {
            LoadedProgram program = loaded.Programs.Values.First();
            for (int i = 0; i < inputs.Length; i++)
            {
                RunResult result = program.Run(new RunInput { Packet = inputs[i] });
                if ((uint)result.ReturnValue != expected[i].Value
                    || !result.Packet.Span.SequenceEqual(expected[i].Packet))
                {
                    Assert.Fail($"{what}, input {Convert.ToHexString(inputs[i])}: plain C# returns {expected[i].Value}, "
                        + $"this {(uint)result.ReturnValue} {result.Fault}\npacket {Convert.ToHexString(expected[i].Packet)}\n"
                        + $"     is {Convert.ToHexString(result.Packet.Span)}\n{Describe(made)}\n{source}");
                }
            }
        }
    }

    public static string Describe(BpfObject made)
    {
        StringBuilder text = new();
        foreach (ProgramSpec program in made.Programs)
        {
            text.Append(program.Name).Append(":\n");
            int slot = 0;
            while (slot < program.Instructions.Length)
            {
                text.Append(slot).Append(": ").Append(Disassembler.Format(program.Instructions.AsSpan(), slot)).Append('\n');
                slot += DecodedInstruction.Decode(program.Instructions.AsSpan(), slot).Slots;
            }
        }

        return text.ToString();
    }
}
