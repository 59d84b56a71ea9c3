using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Compiler.Il;

namespace BpfSharp.Compiler.Tests;

/// <summary>The compiler's layout of structs is the runtime's.</summary>
public sealed unsafe class LayoutTests
{
    public struct Mixed { public byte A; public uint B; public ushort C; public ulong D; public bool E; }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct Packed { public byte A; public uint B; public ushort C; public ulong D; }

    [StructLayout(LayoutKind.Sequential, Pack = 2)]
    public struct PackedTwo { public byte A; public uint B; public ulong D; }

    [StructLayout(LayoutKind.Explicit)]
    public struct Union { [FieldOffset(0)] public uint A; [FieldOffset(0)] public ulong B; [FieldOffset(5)] public byte C; }

    [StructLayout(LayoutKind.Explicit, Size = 24)]
    public struct Sized { [FieldOffset(4)] public ushort A; }

    [StructLayout(LayoutKind.Sequential, Size = 40)]
    public struct Longer { public uint A; public byte B; }

    [InlineArray(5)]
    public struct Five { public ushort E; }

    public struct Buffered { public byte A; public fixed ushort Data[7]; public byte B; }

    public struct Outer { public byte A; public Mixed B; public Five C; public byte D; public nint E; public char F; public DayOfWeek G; }

    public struct Generic<T> where T : unmanaged { public byte A; public T B; public byte C; }

    public struct Nothing;

    public static TheoryData<string, int> Sizes => new()
    {
        { nameof(Mixed), sizeof(Mixed) }, { nameof(Packed), sizeof(Packed) }, { nameof(PackedTwo), sizeof(PackedTwo) },
        { nameof(Union), sizeof(Union) }, { nameof(Sized), sizeof(Sized) }, { nameof(Longer), sizeof(Longer) },
        { nameof(Five), sizeof(Five) }, { nameof(Buffered), sizeof(Buffered) }, { nameof(Outer), sizeof(Outer) },
        { nameof(Nothing), sizeof(Nothing) },
    };

    private static IlType Find(AssemblyUniverse universe, string name, params IlType[] arguments)
    {
        AssemblyImage image = universe.Load(typeof(LayoutTests).Assembly.Location);
        TypeDef definition = image.FindType("BpfSharp.Compiler.Tests", "LayoutTests+" + name)!;
        return universe.Types.Instance(definition, [.. arguments]);
    }

    private static AssemblyUniverse Universe() =>
        new([AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory()]);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sizes_are_the_runtimes(string name, int size)
    {
        using AssemblyUniverse universe = Universe();
        Assert.Equal(size, Find(universe, name).Size);
    }

    [Fact]
    public void Offsets_are_the_runtimes()
    {
        using AssemblyUniverse universe = Universe();
        Outer outer = default;
        IlType type = Find(universe, nameof(Outer));
        (string, nint)[] expected =
        [
            ("A", Distance(&outer, &outer.A)), ("B", Distance(&outer, &outer.B)), ("C", Distance(&outer, &outer.C)),
            ("D", Distance(&outer, &outer.D)), ("E", Distance(&outer, &outer.E)), ("F", Distance(&outer, &outer.F)),
            ("G", Distance(&outer, &outer.G)),
        ];
        Assert.Equal(expected, type.Fields.Select(f => (f.Name, (nint)f.Offset)));
        Mixed mixed = default;
        Assert.Equal([Distance(&mixed, &mixed.A), Distance(&mixed, &mixed.B), Distance(&mixed, &mixed.C), Distance(&mixed, &mixed.D),
            Distance(&mixed, &mixed.E)], Find(universe, nameof(Mixed)).Fields.Select(f => (nint)f.Offset));
    }

    [Fact]
    public void Generic_structs_too()
    {
        using AssemblyUniverse universe = Universe();
        IlType wide = Find(universe, "Generic`1", universe.Types.Primitive(IlKind.U8));
        IlType narrow = Find(universe, "Generic`1", universe.Types.Primitive(IlKind.U2));
        Assert.Equal((Unsafe.SizeOf<Generic<ulong>>(), Unsafe.SizeOf<Generic<ushort>>()), (wide.Size, narrow.Size));
    }

    private static nint Distance(void* from, void* to) => (nint)((byte*)to - (byte*)from);
}
