using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfSharp.Btf;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfSharp.Build.Tests;

/// <summary>The C# classes written for objects: they compile, and their types have the layout that BTF says.</summary>
public sealed class AccessorTests
{
    private const string MoreObjects = "BPFSHARP_OBJECTS";

    public static TheoryData<string> Objects =>
    [
        .. new[] { "tests/data/objects", "tests/data/programs", "samples/c" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, folder), "*.o"))
            .Select(path => Path.GetRelativePath(TestPaths.Repository, path)).Order(),
    ];

    [Theory]
    [MemberData(nameof(Objects))]
    public void Code_for_an_object_compiles_and_has_its_layout(string path)
    {
        string? problem = Examine(Path.Combine(TestPaths.Repository, path), out int checkedTypes);
        Assert.True(problem is null, problem);
        Assert.True(checkedTypes >= 0);
    }

    [Fact]
    public void Code_for_objects_never_seen_compiles_too()
    {
        string? folder = Environment.GetEnvironmentVariable(MoreObjects);
        Assert.SkipWhen(folder is null, $"a folder of objects is named by {MoreObjects}");
        List<string> problems = [];
        int good = 0, types = 0;
        foreach (string path in Directory.EnumerateFiles(folder!, "*.o", SearchOption.AllDirectories).Order())
        {
            if (Examine(path, out int checkedTypes) is { } problem)
            {
                problems.Add(problem);
            }
            else
            {
                good++;
            }

            types += checkedTypes;
        }

        TestContext.Current.SendDiagnosticMessage($"{good} objects good, {problems.Count} not; {types} types compared");
        Assert.True(good > 0 && problems.Count == 0, $"{problems.Count} of {good + problems.Count}, {types} types:\n{string.Join("\n\n", problems.Take(40))}");
    }

    // What is wrong with the code for an object, or null.
    private static string? Examine(string path, out int checkedTypes)
    {
        checkedTypes = 0;
        BpfObject source;
        try
        {
            source = BpfObject.Read(path);
        }
        catch (ObjectFormatException refused)
        {
            return Path.GetFileName(path).Contains("bad", StringComparison.Ordinal) ? null : $"{path}: {refused.Message}";
        }

        string text = ObjectAccessorText.Write(source, new ObjectAccessorOptions { Namespace = "Examined", ClassName = "Accessor", Resource = "x" });
        CSharpCompilation compilation = Source.Compile("").RemoveAllSyntaxTrees()
            .AddSyntaxTrees(CSharpSyntaxTree.ParseText(text, Source.ParseOptions));
        using MemoryStream image = new();
        string[] errors = [.. compilation.Emit(image).Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Error).Select(d => d.ToString()).Take(5)];
        if (errors.Length > 0)
        {
            return $"{path}:\n{string.Join('\n', errors)}\n{Excerpt(text)}";
        }

        Assembly assembly = Assembly.Load(image.ToArray());
        return source.Btf is null ? null : CompareLayout(path, assembly, source.Btf, ref checkedTypes);
    }

    // Structures are found again by the name in their comment, which only the text has; so by the C# name of the C name.
    private static string? CompareLayout(string path, Assembly assembly, BtfFile btf, ref int checkedTypes)
    {
        ILookup<string, BtfType> known = Enumerable.Range(1, btf.Count - 1).Select(id => btf[id]).Where(t => t.IsComposite && t.Name.Length > 0)
            .ToLookup(t => BtfCSharpText.PascalName(t.Name));
        foreach (Type type in assembly.GetTypes().Where(t => t is { IsValueType: true, IsEnum: false, IsNested: false }))
        {
            if (known[type.Name].ToArray() is not [var only])
            {
                // Loading it at least: the runtime refuses overlaps and sizes that cannot be.
                _ = SizeOf(type);
                continue;
            }

            checkedTypes++;
            if (SizeOf(type) != Math.Max(only.Size, 1))
            {
                return $"{path}: {type.Name} has {SizeOf(type)} bytes, {only} has {only.Size}";
            }

            foreach (BtfMember member in only.Members)
            {
                FieldInfo? field = type.GetField(BtfCSharpText.PascalName(member.Name));
                if (field is not null && member.BitfieldSize == 0 && field.GetCustomAttribute<FieldOffsetAttribute>()!.Value != member.ByteOffset)
                {
                    return $"{path}: {type.Name}.{field.Name} is not at {member.ByteOffset}";
                }

                if (field is not null && member.BitfieldSize == 0 && btf.TrySizeOf(member.TypeId, out int size) && size > 0
                    && SizeOf(field.FieldType) != size)
                {
                    return $"{path}: {type.Name}.{field.Name} has {SizeOf(field.FieldType)} bytes, not {size}";
                }
            }
        }

        return null;
    }

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static string Excerpt(string text) => text.Length > 3000 ? text[..3000] : text;
}
