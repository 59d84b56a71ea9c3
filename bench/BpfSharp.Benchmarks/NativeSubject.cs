namespace BpfSharp.Benchmarks;

/// <summary>The native twin of a workload.</summary>
internal sealed unsafe class NativeSubject(string name, nint function, byte[] memory) : Subject(name)
{
    private readonly byte[] _memory = Pin(memory);

    public override void Run(int count)
    {
        var function1 = (delegate* unmanaged[SuppressGCTransition]<byte*, ulong, ulong>)function;
        fixed (byte* start = _memory)
        {
            ulong result = 0;
            for (int i = 0; i < count; i++)
            {
                result = function1(start, (ulong)_memory.Length);
            }

            Result = result;
        }
    }

    private static byte[] Pin(byte[] memory)
    {
        byte[] pinned = GC.AllocateArray<byte>(memory.Length, pinned: true);
        memory.CopyTo(pinned, 0);
        return pinned;
    }
}
