using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfSharp.Runtime.Maps;

/// <summary>What a program's map reference points to. Read-only for programs; never freed, but used again for other maps.</summary>
[StructLayout(LayoutKind.Sequential, Size = MapHandles.HeaderBytes)]
internal struct MapHeader
{
    /// <summary>Index in the table of live maps.</summary>
    public int Index;

    /// <summary>Kind of map.</summary>
    public int Type;

    /// <summary>Bytes of a key.</summary>
    public int KeySize;

    /// <summary>Bytes of a value.</summary>
    public int ValueSize;

    /// <summary>Number of elements.</summary>
    public uint MaxEntries;
}

/// <summary>Live maps by the address of their native header: the number a program's register holds for a map.</summary>
/// <remarks>
/// Headers stand in chunks that are never freed, so a number is proved to be a handle by arithmetic alone, without
/// reading what it points to. Reading the table takes no lock.
/// </remarks>
internal static unsafe class MapHandles
{
    /// <summary>Bytes of one header.</summary>
    public const int HeaderBytes = 64;

    private const int ChunkHeaders = 1024;

    private static readonly Lock s_lock = new();
    private static readonly Stack<int> s_free = new();
    private static nuint[] s_chunks = [];
    private static RuntimeMap?[] s_maps = [];
    private static int s_used;

    /// <summary>The map of a handle that is known to be one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RuntimeMap Resolve(ulong handle) => s_maps[((MapHeader*)handle)->Index]!;

    /// <summary>The map of a number that may be anything.</summary>
    public static bool TryResolve(ulong handle, [NotNullWhen(true)] out RuntimeMap? map)
    {
        map = null;
        nuint[] chunks = Volatile.Read(ref s_chunks);
        for (int i = 0; i < chunks.Length; i++)
        {
            ulong distance = handle - chunks[i];
            if (distance < ChunkHeaders * HeaderBytes)
            {
                RuntimeMap?[] maps = Volatile.Read(ref s_maps);
                int index = i * ChunkHeaders + (int)(distance / HeaderBytes);
                map = distance % HeaderBytes == 0 && index < maps.Length ? maps[index] : null;
                return map is not null;
            }
        }

        return false;
    }

    /// <summary>Gives a new map its header.</summary>
    internal static MapHeader* Add(RuntimeMap map)
    {
        lock (s_lock)
        {
            if (!s_free.TryPop(out int index))
            {
                index = s_used++;
                if (index == s_chunks.Length * ChunkHeaders)
                {
                    nuint chunk = (nuint)NativeMemory.AllocZeroed(ChunkHeaders, HeaderBytes);
                    RuntimeMap?[] maps = new RuntimeMap?[(s_chunks.Length + 1) * ChunkHeaders];
                    s_maps.CopyTo(maps, 0);
                    Volatile.Write(ref s_maps, maps);
                    Volatile.Write(ref s_chunks, [.. s_chunks, chunk]);
                }
            }

            MapHeader* header = (MapHeader*)(s_chunks[index / ChunkHeaders] + (nuint)(index % ChunkHeaders * HeaderBytes));
            *header = new MapHeader
            {
                Index = index,
                Type = (int)map.Spec.Type,
                KeySize = map.Spec.KeySize,
                ValueSize = map.Spec.ValueSize,
                MaxEntries = map.Spec.MaxEntries,
            };
            s_maps[index] = map;
            return header;
        }
    }

    /// <summary>Takes the header of a map that is being freed.</summary>
    internal static void Remove(RuntimeMap map)
    {
        lock (s_lock)
        {
            s_maps[map.Header->Index] = null;
            s_free.Push(map.Header->Index);
        }
    }
}
