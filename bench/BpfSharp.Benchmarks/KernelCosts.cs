using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux;
using BpfSharp.Linux.Maps;
using BpfSharp.Linux.Types;
using BpfSharp.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Benchmarks;

/// <summary>What the kernel host costs beside the kernel itself, and beside a C program on libbpf that does the same.</summary>
[SupportedOSPlatform("linux")]
internal static class KernelCosts
{
    private const int Events = 500_000;
    private const int Elements = 1_000_000;

    private static nint s_timing;

    internal static int Run(string[] args)
    {
        string? peer = args.Length > 0 ? args[0] : null;
        string[] parts = args.Length > 1 ? args[1..] : ["types", "drain", "iterate", "exact", "load", "idle"];
        // With LD_PRELOAD=bpf_time.so the library's system calls go through it; it passes everything else on to libc.
        if (Environment.GetEnvironmentVariable("LD_PRELOAD") is { Length: > 0 } preloaded && preloaded.EndsWith("bpf_time.so", StringComparison.Ordinal))
        {
            s_timing = NativeLibrary.Load(preloaded);
            NativeLibrary.SetDllImportResolver(typeof(KernelHost).Assembly, (library, _, _) => library == "libc" ? s_timing : 0);
        }

        foreach (string part in parts)
        {
            switch (part)
            {
                case "types": OpenTypes(); break;
                case "drain": Drain(peer); break;
                case "iterate": Iterate(); break;
                case "exact": Exactness(TimeSpan.FromSeconds(5)); break;
                case "long": Exactness(TimeSpan.FromSeconds(60)); break;
                case "load": Loads(peer); break;
                case "idle": Idle(TimeSpan.FromSeconds(10)); break;
                default: throw new ArgumentException($"unknown part '{part}'");
            }
        }

        return 0;
    }

    private static void OpenTypes()
    {
        long before = AnonymousKilobytes();
        long started = Stopwatch.GetTimestamp();
        Btf.BtfFile? types = KernelTypes.Kernel;
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        long opened = AnonymousKilobytes() - before;
        started = Stopwatch.GetTimestamp();
        int found = types?.Find("task_struct", Btf.BtfKind.Struct) ?? 0;
        double find = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Print($"kernel types: {types?.Count} opened in {milliseconds:F1} ms, {opened} KiB private; first look-up {find:F1} ms (id {found}), {AnonymousKilobytes() - before} KiB private");
    }

    private static void Drain(string? peer)
    {
        using LoadedObject loaded = BpfHost.Kernel.Load(Producer(64 << 20));
        KernelMap ring = (KernelMap)loaded.Map("events");
        double best = double.MaxValue;
        long allocated = long.MaxValue;
        using (RecordReader reader = ring.OpenReader())
        {
            // The first rounds are for the compiler.
            for (int round = 0; round < 20; round++)
            {
                Produce(loaded, Events);
                long bytes = GC.GetAllocatedBytesForCurrentThread();
                long cpu = CpuClock.Now;
                long sum = 0;
                int seen = 0;
                while (reader.TryRead(out RecordBatch batch))
                {
                    foreach (ref readonly Event record in batch.As<Event>())
                    {
                        sum += record.Number;
                        seen++;
                    }
                }

                double spent = (double)(CpuClock.Now - cpu) / Math.Max(1, seen);
                best = Math.Min(best, spent);
                allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - bytes);
                Trace.Assert(seen == Events && sum != 0);
            }
        }

        Print($"ring buffer: {best:F1} ns per event of 48 bytes, {allocated} bytes allocated for {Events} events");
        if (peer is not null)
        {
            string pin = $"/sys/fs/bpf/bpfsharp-bench-{Environment.ProcessId}";
            ring.Pin(pin);
            try
            {
                for (int round = 0; round < 3; round++)
                {
                    Produce(loaded, Events);
                    Print($"  C on libbpf: {Peer(peer, "drain", pin)}");
                }
            }
            finally
            {
                File.Delete(pin);
            }
        }
    }

    private static void Iterate()
    {
        BpfObject source = new() { License = "GPL" };
        source.Maps.Add(new MapSpec { Name = "table", Type = MapType.Hash, KeySize = 8, ValueSize = 8, MaxEntries = Elements + (Elements / 4) });
        using LoadedObject loaded = BpfHost.Kernel.Load(source);
        KernelMap table = (KernelMap)loaded.Map("table");
        byte[] keys = new byte[8 * 10_000];
        byte[] values = new byte[8 * 10_000];
        for (int start = 0; start < Elements; start += 10_000)
        {
            for (int i = 0; i < 10_000; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(keys.AsSpan(8 * i), start + i);
            }

            Trace.Assert(table.UpdateBatch(keys, values, out _) == 0);
        }

        long cpu = CpuClock.Now;
        byte[]? cursor = null;
        int seen = 0;
        int result;
        do
        {
            result = table.LookupBatch(ref cursor, keys, values, out int count);
            seen += count;
        }
        while (result == 0);
        double batch = (double)(CpuClock.Now - cpu) / seen;
        Trace.Assert(seen == Elements);
        cpu = CpuClock.Now;
        byte[] key = new byte[8];
        byte[] value = new byte[8];
        seen = 0;
        for (result = table.NextKey([], key); result == 0 && seen < Elements / 10; result = table.NextKey(key, key))
        {
            table.Lookup(key, value);
            seen++;
        }

        double single = (double)(CpuClock.Now - cpu) / seen;
        Print($"hash of {Elements} elements: {batch:F0} ns per element in batches, {single:F0} ns key by key: {single / batch:F1} times");
    }

    /// <summary>One thread makes events as fast as it can, another reads: every event is read, or counted as lost by the program.</summary>
    private static void Exactness(TimeSpan time)
    {
        using LoadedObject loaded = BpfHost.Kernel.Load(Producer(16 << 20));
        using RecordReader reader = loaded.Map("events").OpenReader();
        using CancellationTokenSource stop = new();
        long read = 0;
        Task consumer = Task.Run(async () =>
        {
            try
            {
                await foreach (RecordBatch batch in reader.ReadBatchesAsync(stop.Token))
                {
                    Interlocked.Add(ref read, batch.Count);
                }
            }
            catch (OperationCanceledException)
            {
                // The end.
            }
        });
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time)
        {
            Produce(loaded, 100_000);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        (long produced, long lost) = (Counter(loaded, 0), Counter(loaded, 8));
        SpinWait.SpinUntil(() => Interlocked.Read(ref read) + lost == produced, 10_000);
        stop.Cancel();
        consumer.Wait();
        Print($"events for {seconds:F1} s: {produced} made ({produced / seconds / 1e6:F2} million/s) = {read} read + {lost} lost: {(produced == read + lost ? "exact" : "NOT EXACT")}");
    }

    /// <summary>What two consumers cost that wait for records that do not come: one thread, one task.</summary>
    private static void Idle(TimeSpan time)
    {
        using LoadedObject first = BpfHost.Kernel.Load(Producer(1 << 20));
        using LoadedObject second = BpfHost.Kernel.Load(Producer(1 << 20));
        using RecordReader blocked = first.Map("events").OpenReader();
        using RecordReader awaited = second.Map("events").OpenReader();
        using CancellationTokenSource stop = new();
        Thread thread = new(() => blocked.Read(Timeout.InfiniteTimeSpan, out _));
        thread.Start();
        Task task = Task.Run(async () =>
        {
            await foreach (RecordBatch batch in awaited.ReadBatchesAsync(stop.Token))
            {
                Trace.Assert(batch.Count == 0);
            }
        });
        Thread.Sleep(500);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        Thread.Sleep(time);
        double share = (Environment.CpuUsage.TotalTime - before) / time;
        stop.Cancel();
        blocked.Dispose();
        thread.Join();
        try
        {
            task.Wait();
        }
        catch (AggregateException)
        {
            // Cancelled.
        }

        Print($"two waiting consumers for {time.TotalSeconds:F0} s: {100 * share:F3} % of a core");
    }

    /// <summary>Reading and loading, with and without what the kernel's bpf(2) calls take (known with bpf_time.so preloaded).</summary>
    private static unsafe void Loads(string? peer)
    {
        bool timed = s_timing != 0;
        delegate* unmanaged<ulong> kernel = (delegate* unmanaged<ulong>)(timed ? NativeLibrary.GetExport(s_timing, "bpf_time_spent") : 0);
        foreach (string name in (string[])["firewall", "loadbalancer"])
        {
            string path = Path.Combine(Workloads.Find("samples/c"), name + ".o");
            (double best, double own, double read) = (double.MaxValue, double.MaxValue, double.MaxValue);
            long allocated = 0;
            for (int round = 0; round < 3000; round++)
            {
                ulong inKernel = timed ? kernel() : 0;
                long bytes = GC.GetAllocatedBytesForCurrentThread();
                long started = Stopwatch.GetTimestamp();
                BpfObject source = BpfObject.Read(path);
                double half = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
                LoadedObject loaded = BpfHost.Kernel.Load(source);
                double time = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
                allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
                read = Math.Min(read, half);
                best = Math.Min(best, time);
                own = Math.Min(own, time - ((timed ? kernel() - inKernel : 0) / 1000.0));
                loaded.Dispose();
            }

            Print($"read and load {name}.o: {best:F0} us{(timed ? $", {own:F0} us without bpf(2)" : "")}, {read:F0} us of it reading, {allocated} bytes allocated");
            if (peer is not null)
            {
                Print($"  C on libbpf: {Peer(peer, "load", path)}");
            }
        }
    }

    private static BpfObject Producer(uint bytes)
    {
        BpfObject source = new() { License = "GPL" };
        source.Maps.Add(new MapSpec { Name = "events", Type = MapType.RingBuffer, MaxEntries = bytes });
        source.Maps.Add(new MapSpec { Name = "counters", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1 });
        source.Programs.Add(new ProgramSpec
        {
            Name = "produce",
            Type = ProgramType.Xdp,
            Instructions = Assembler.Assemble("""
                r6 = map[idx:1][0]+0
                r1 = 1
                r1 = atomic64_fetch_add((u64 *)(r6 +0), r1)
                *(u64 *)(r10 -48) = r1
                *(u64 *)(r10 -40) = r1
                *(u64 *)(r10 -32) = r1
                *(u64 *)(r10 -24) = r1
                *(u64 *)(r10 -16) = r1
                *(u64 *)(r10 -8) = r1
                r1 = map[idx:0]
                r2 = r10
                r2 += -48
                r3 = 48
                r4 = 0
                call 130
                if r0 == 0 goto out
                r1 = 1
                lock *(u64 *)(r6 +8) += r1
                out:
                r0 = 1
                exit
                """),
        });
        return source;
    }

    private static void Produce(LoadedObject loaded, int count) => loaded.Program("produce").Run(new RunInput { Packet = new byte[64], Repeat = count });

    private static long Counter(LoadedObject loaded, int offset)
    {
        byte[] value = new byte[16];
        Trace.Assert(loaded.Map("counters").Lookup(new byte[4], value) == 0);
        return BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(offset));
    }

    private static string Peer(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return text;
    }

    private static long AnonymousKilobytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(8, line.Length - 10).Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    [StructLayout(LayoutKind.Sequential, Size = 48)]
    private readonly record struct Event(long Number);
}
