namespace BpfSharp.Benchmarks;

/// <summary>Something that runs a workload a number of times; measured in slices.</summary>
internal abstract class Subject(string name)
{
    private int _count = 1;

    /// <summary>Column in the table.</summary>
    public string Name { get; } = name;

    /// <summary>Best time of one run, in nanoseconds.</summary>
    public double Best { get; private set; } = double.PositiveInfinity;

    /// <summary>What the last run returned, to see that all engines do the same.</summary>
    public ulong Result { get; protected set; }

    /// <summary>Runs so often.</summary>
    public abstract void Run(int count);

    /// <summary>Nanoseconds for so many runs.</summary>
    private double Time(int count)
    {
        long start = CpuClock.Now;
        Run(count);
        return CpuClock.Now - start;
    }

    /// <summary>Finds how many runs make a slice.</summary>
    public void Calibrate(double sliceNanoseconds)
    {
        Run(1);
        while (true)
        {
            double time = Time(_count);
            if (time > sliceNanoseconds / 2 || _count > 1 << 22)
            {
                _count = Math.Clamp((int)(_count * sliceNanoseconds / Math.Max(time, 1000)), 1, 1 << 22);
                return;
            }

            _count *= 2;
        }
    }

    /// <summary>One slice; the best counts.</summary>
    public void Slice() => Best = Math.Min(Best, Time(_count) / _count);
}
