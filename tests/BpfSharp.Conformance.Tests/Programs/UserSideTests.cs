using System.Buffers.Binary;
using BpfSharp.Hosting;
using BpfSharp.Maps;
using BpfSharp.Objects;
using BpfSharp.Packets;
using BpfSharp.Runtime.Hooks;
using BpfSharp.Runtime.Hosting;
using BpfSharp.TestSupport;

namespace BpfSharp.Conformance.Tests.Programs;

/// <summary>What programs in process send to user space: records, lines, redirects, timers; and packet replay.</summary>
public sealed class UserSideTests
{
    private readonly record struct Event(uint Length, uint Kind, ulong Hash);

    private static readonly BpfObject s_user = BpfObject.Read(
        Path.Combine(TestPaths.Repository, "tests", "data", "programs", "user", "user.o"));

    public static TheoryData<EngineChoice, Checking> Engines => new()
    {
        { EngineChoice.Interpreter, Checking.Always },
        { EngineChoice.Jit, Checking.Always },
    };

    [Theory]
    [MemberData(nameof(Engines))]
    public void Printed_lines_come_with_the_result_and_to_the_sink(EngineChoice engine, Checking checking)
    {
        List<string> sink = [];
        using LoadedObject loaded = Load("print", engine, checking, sink.Add);
        RunResult result = loaded.Program("print").Run(new byte[60]);
        Assert.Equal(["packet of 60 bytes on -1"], result.Printed);
        Assert.Equal(result.Printed, sink);
        Assert.Equal((ulong)result.Printed[0].Length, result.ReturnValue);
        Assert.Empty(loaded.Program("print").Run(new byte[14]).Printed.Skip(1));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Perf_events_need_a_reader_and_carry_packet_bytes(EngineChoice engine, Checking checking)
    {
        using LoadedObject loaded = Load("perf_event", engine, checking);
        LoadedProgram program = loaded.Program("perf_event");
        byte[] packet = [1, 2, 3, 4, .. new byte[56]];
        Assert.Equal(-2, (int)program.Run(packet).ReturnValue);
        Assert.Equal(1, loaded.Map("perf").LostRecords);
        using RecordReader reader = loaded.Map("perf").OpenReader();
        Assert.Equal(0, (int)program.Run(packet).ReturnValue);
        Assert.True(reader.TryRead(out RecordBatch batch));
        foreach (ReadOnlySpan<byte> record in batch)
        {
            Assert.Equal(20, record.Length);
            Assert.Equal(60u, BinaryPrimitives.ReadUInt32LittleEndian(record));
            Assert.Equal([1, 2, 3, 4], record[16..].ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Programs_drain_what_user_space_wrote(EngineChoice engine, Checking checking)
    {
        using LoadedObject loaded = Load("drain_requests", engine, checking);
        LoadedProgram program = loaded.Program("drain_requests");
        using RecordWriter writer = loaded.Map("requests").OpenWriter();
        Assert.Equal(0, (int)program.Run(new byte[60]).ReturnValue);
        Assert.True(writer.TryWrite(3UL) && writer.TryWrite(99UL) && writer.TryWrite(5UL));
        Assert.True(writer.TryReserve(8, out RecordReservation room));
        room.Dispose();
        Assert.Equal(2, (int)program.Run(new byte[60]).ReturnValue);
        Assert.Equal(102UL, loaded.Map("notes").AsArray<ulong>()[0]);
        Assert.Equal(1, (int)program.Run(new byte[60]).ReturnValue);
        Assert.Equal(5UL, loaded.Map("notes").AsArray<ulong>()[0]);
        int written = 0;
        while (writer.TryWrite(1UL))
        {
            written++;
        }

        Assert.InRange(written, 200, 256);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Redirects_are_recorded(EngineChoice engine, Checking checking)
    {
        using LoadedObject loaded = Load("redirect_to", engine, checking);
        LoadedProgram program = loaded.Program("redirect_to");
        RunResult none = program.Run(new byte[60]);
        Assert.Equal((1UL, null), (none.ReturnValue, none.Redirection));
        uint key = 2;
        uint device = 42;
        Assert.Equal(0, loaded.Map("devices").Update(Bytes(key), Bytes(device)));
        RunResult sent = program.Run(new byte[60]);
        Assert.Equal(4UL, sent.ReturnValue);
        Assert.Equal(new Redirection(42, "devices", 2, 42, 1), sent.Redirection);
        using LoadedObject copies = Load("copy_to", engine, checking);
        RunResult copied = copies.Program("copy_to").Run(new byte[60]);
        Assert.Equal(7UL, copied.ReturnValue);
        Assert.Equal(9u, copied.Redirection!.Interface);
        Assert.Equal(7u, copied.Clones.Single().Interface);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Timers_fire_with_key_and_value(EngineChoice engine, Checking checking)
    {
        using LoadedObject loaded = Load("start_timer", engine, checking);
        Assert.Equal(-160, (int)loaded.Program("start_timer").Run(new byte[60]).ReturnValue);
        byte[] value = new byte[24];
        for (int i = 0; i < 3000; i++)
        {
            Assert.Equal(0, loaded.Map("timers").Lookup(Bytes(5u), value));
            if (BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(16)) == 15)
            {
                break;
            }

            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal(15UL, BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(16)));
    }

    [Fact]
    public void A_capture_is_replayed_in_order()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (CaptureWriter writer = CaptureWriter.Create(path, LinkType.Raw))
            {
                for (int i = 0; i < 5; i++)
                {
                    writer.Write(DateTimeOffset.UnixEpoch.AddSeconds(i), [0x45, 0, 0, (byte)i, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
                }
            }

            using LoadedObject loaded = Load("print", EngineChoice.Interpreter, Checking.Always);
            using Link link = loaded.Program("print").Attach(new PacketReplay(path));
            List<ReplayedPacket> packets = [.. ((PacketReplayLink)link).Run()];
            Assert.Equal([1, 2, 3, 4, 5], packets.Select(packet => packet.Packet.Number));
            Assert.All(packets, packet => Assert.Equal(["packet of 34 bytes on -1"], packet.Result.Printed));
            Assert.All(packets, packet => Assert.Equal(0x08, packet.Result.Packet.Span[12]));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(EngineChoice.Interpreter)]
    [InlineData(EngineChoice.Jit)]
    public void Records_of_a_program_arrive_and_full_rings_count_what_is_lost(EngineChoice engine)
    {
        BpfObject source = BpfObject.Read(Path.Combine(TestPaths.Repository, "tests", "data", "programs", "records.o")).Clone();
        foreach (ProgramSpec program in source.Programs)
        {
            program.AutoLoad = program.Name is "ring_output" or "ring_full";
        }

        using LoadedObject loaded = BpfHost.InProcess.Load(source, new RuntimeOptions { Engine = engine, Checking = Checking.Always });
        using RecordReader reader = loaded.Map("events").OpenReader();
        loaded.Program("ring_output").Run(new byte[77]);
        Assert.True(reader.TryRead(out RecordBatch batch));
        List<int> lengths = [];
        foreach (ReadOnlySpan<byte> record in batch)
        {
            Assert.Equal(77u, BinaryPrimitives.ReadUInt32LittleEndian(record));
            lengths.Add(record.Length);
        }

        Assert.Equal([32, 12], lengths);
        ulong failed = loaded.Program("ring_full").Run(new byte[77]).ReturnValue;
        Assert.Equal((long)failed + 1, loaded.Map("small").LostRecords);
    }

    private static LoadedObject Load(string program, EngineChoice engine, Checking checking, Action<string>? sink = null)
    {
        BpfObject source = s_user.Clone();
        foreach (ProgramSpec spec in source.Programs)
        {
            spec.AutoLoad = spec.Name == program;
        }

        return BpfHost.InProcess.Load(source, new RuntimeOptions { Engine = engine, Checking = checking, TraceSink = sink });
    }

    private static byte[] Bytes(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
