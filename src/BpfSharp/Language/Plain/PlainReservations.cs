using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>The ring records that plain C# reserved on this thread and has neither submitted nor discarded.</summary>
internal static class PlainReservations
{
    [ThreadStatic]
    private static List<PlainReservation>? t_open;

    /// <summary>How many are open on this thread.</summary>
    public static int Open => t_open?.Count ?? 0;

    public static void Begin(PlainReservation reservation) => (t_open ??= []).Add(reservation);

    public static void End<T>(ref T record, bool submit) where T : unmanaged
    {
        for (int i = Open - 1; i >= 0; i--)
        {
            if (t_open![i] is PlainReservation<T> reservation && Unsafe.AreSame(ref reservation.Value, ref record))
            {
                t_open.RemoveAt(i);
                reservation.End(submit);
                return;
            }
        }

        throw new PlainCSharpException("a ring record that is not reserved", "submit or discard each reserved record once");
    }
}

/// <summary>An open reservation.</summary>
internal abstract class PlainReservation;

/// <summary>An open reservation of a record.</summary>
internal sealed class PlainReservation<T>(PlainRing<T> ring) : PlainReservation where T : unmanaged
{
    /// <summary>The record.</summary>
    public T Value;

    public void End(bool submit) => ring.EndReservation(this, submit);
}
