using System.Runtime.CompilerServices;
using BpfSharp.Runtime.Faults;
using BpfSharp.Runtime.Memory;

namespace BpfSharp.Runtime.Interpreter;

internal static unsafe partial class ProgramInterpreter
{
    /// <summary>The address an access goes to; checked: of memory the program may reach.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* At<TMode>(RunContext run, Code* i, ulong register, uint bytes, bool write, byte* frame)
        where TMode : struct, IMode
    {
        ulong address = register + (ulong)i->Offset;
        if (!TMode.IsChecked)
        {
            return (byte*)address;
        }

        // A frame is 512 bytes, so the subtraction cannot wrap.
        ulong stack = (ulong)(frame - run.StackBase);
        return address - (ulong)run.StackBase <= stack - bytes
            ? (byte*)address
            : AtOther(run, i, address, bytes, write);
    }

    /// <summary>As <see cref="At"/> for a write that must be aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Aligned<TMode>(RunContext run, Code* i, ulong register, uint bytes, byte* frame)
        where TMode : struct, IMode
    {
        byte* address = At<TMode>(run, i, register, bytes, write: true, frame);
        if (TMode.IsChecked && ((nuint)address & (bytes - 1)) != 0)
        {
            Misaligned(run, i, address);
        }

        return address;
    }

    /// <summary>As <see cref="At"/> for a read that must be aligned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* AlignedRead<TMode>(RunContext run, Code* i, ulong register, uint bytes, byte* frame)
        where TMode : struct, IMode
    {
        byte* address = At<TMode>(run, i, register, bytes, write: false, frame);
        if (TMode.IsChecked && ((nuint)address & (bytes - 1)) != 0)
        {
            Misaligned(run, i, address);
        }

        return address;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte* AtOther(RunContext run, Code* i, ulong address, uint bytes, bool write)
    {
        run.Ip = i;
        ulong distance = address - (ulong)run.DataMeta;
        ulong packet = (ulong)(run.DataEnd - run.DataMeta);
        if (distance < packet && bytes <= packet - distance)
        {
            return (byte*)address;
        }

        return run.Check(address, bytes, write);
    }

    private static void Misaligned(RunContext run, Code* i, byte* address)
    {
        run.Ip = i;
        run.Stop(FaultKind.Misaligned, $"an atomic access at 0x{(ulong)address:x}");
    }

    private static uint FetchXor32(uint* address, uint value)
    {
        uint old = Volatile.Read(ref *address);
        while (true)
        {
            uint found = Interlocked.CompareExchange(ref *address, old ^ value, old);
            if (found == old)
            {
                return old;
            }

            old = found;
        }
    }

    private static ulong FetchXor64(ulong* address, ulong value)
    {
        ulong old = Volatile.Read(ref *address);
        while (true)
        {
            ulong found = Interlocked.CompareExchange(ref *address, old ^ value, old);
            if (found == old)
            {
                return old;
            }

            old = found;
        }
    }
}
