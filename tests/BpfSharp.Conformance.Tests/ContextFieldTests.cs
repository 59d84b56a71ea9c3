using System.Globalization;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests;

/// <summary>Every word of a packet context reads in process as it does in the kernel's test run.</summary>
public class ContextFieldTests
{
    private static readonly byte[][] s_packets =
    [
        [.. Convert.FromHexString("ffffffffffff0200000000010800"), .. Ip(60)],
        [.. Convert.FromHexString("01005e00000102000000000186dd"), .. new byte[60]],
        [.. Convert.FromHexString("0200000000020200000000010026"), .. new byte[50]],
        [.. Convert.FromHexString("0000000000000200000000018100"), .. new byte[100]],
    ];

    public static TheoryData<string, int, int> Contexts => new()
    {
        // section          bytes of the context, bytes of a given one to set (mark, priority, cb)
        { "xdp", 24, 0 },
        { "tc", 192, 0 },
        { "socket", 192, 0 },
        { "cgroup_skb/egress", 192, 0 },
        { "tc", 192, 1 },
        { "lwt_out", 192, 0 },
    };

    [Theory(SkipUnless = nameof(CanBpf), Skip = "needs Linux and a bpf(2) that this process may use")]
    [MemberData(nameof(Contexts))]
    public void Words_read_alike(string section, int contextBytes, int given)
    {
        byte[] context = [];
        if (given != 0)
        {
            context = new byte[contextBytes];
            context[8] = 7;
            context[32] = 9;
            context[48] = 1;
            context[67] = 2;
        }

        int compared = 0;
        for (int offset = 0; offset < contextBytes; offset += 4)
        {
            BpfObject source = ObjectAssembler.Assemble(string.Create(
                CultureInfo.InvariantCulture, $"""
                .map out type=array key=4 value=8 entries=1
                .program p section={section}
                r0 = *(u32 *)(r1 +{offset})
                r2 = map[out][0]+0
                *(u64 *)(r2 +0) = r0
                r0 = 1
                exit
                """));
            LoadedObject? kernel = TryLoadInKernel(source);
            if (kernel is null || IsAddress(section, offset))
            {
                kernel?.Dispose();
                continue;
            }

            using LoadedObject inProcess = BpfHost.InProcess.Load(source, new RuntimeOptions { Engine = EngineChoice.Interpreter });
            foreach (byte[] packet in s_packets)
            {
                RunInput input = new() { Packet = packet, Context = context };
                RunResult expected = kernel.Program("p").Run(input);
                RunResult actual = inProcess.Program("p").Run(input);
                string word = Word(kernel);
                Assert.True(
                    word == Word(inProcess), $"{section} +{offset}, packet {Convert.ToHexString(packet)}: kernel {word}, in process {Word(inProcess)}");
                Assert.Equal((uint)expected.ReturnValue, (uint)actual.ReturnValue);
                Assert.True(expected.Packet.Span.SequenceEqual(actual.Packet.Span), $"{section} +{offset}: the packets differ");
            }

            kernel.Dispose();
            compared++;
        }

        Assert.True(compared >= 2, $"only {compared} words were readable");
    }

    public static bool CanBpf => KernelSupport.CanBpf;

    private static string Word(LoadedObject loaded)
    {
        byte[] value = new byte[8];
        Assert.Equal(0, loaded.Map("out").Lookup(new byte[4], value));
        return Convert.ToHexString(value);
    }

    private static bool IsAddress(string section, int offset) =>
        section == "xdp" ? offset < 12 : offset is 76 or 80 or 140;

    private static LoadedObject? TryLoadInKernel(BpfObject source)
    {
        try
        {
            return OperatingSystem.IsLinux() ? BpfHost.Kernel.Load(source) : null;
        }
        catch (ProgramRejectedException)
        {
            // The type has no such field.
            return null;
        }
    }

    private static byte[] Ip(int length)
    {
        byte[] packet = new byte[length];
        packet[0] = 0x45;
        packet[9] = 17;
        packet[12] = 10;
        packet[16] = 192;
        return packet;
    }
}
