using System.Reflection;
using System.Runtime.Loader;
using BpfSharp.Language;
using Microsoft.CodeAnalysis;

namespace BpfSharp.Build.Tests;

public sealed class AssemblyResourceTests
{
    [Fact]
    public void A_filled_resource_is_read_back_and_others_stay()
    {
        byte[] other = [.. Enumerable.Range(0, 301).Select(i => (byte)i)];
        byte[] assembly = Emit(other);
        byte[] content = EmbeddedObjects.Write([new("Sample", new byte[5000]), new("Space.Outer+Inner", [1, 2, 3])]);

        byte[] filled = AssemblyResource.Fill(assembly, EmbeddedObjects.ResourceName, content);

        Assembly loaded = new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(new MemoryStream(filled));
        Assert.Equal(content, Read(loaded, EmbeddedObjects.ResourceName));
        Assert.Equal(other, Read(loaded, "Other"));
        Assert.Equal(5, loaded.GetType("Sample")!.GetMethod("Five")!.Invoke(null, null));
        Assert.Equal([1, 2, 3], EmbeddedObjects.Parse(content, "test")["Space.Outer+Inner"]);
    }

    [Fact]
    public void Filling_again_replaces()
    {
        byte[] assembly = Emit([9]);
        byte[] once = AssemblyResource.Fill(assembly, EmbeddedObjects.ResourceName, new byte[100]);
        byte[] twice = AssemblyResource.Fill(once, EmbeddedObjects.ResourceName, [4, 5]);
        Assert.Equal(AssemblyResource.Fill(assembly, EmbeddedObjects.ResourceName, [4, 5]), twice);
    }

    [Fact]
    public void A_missing_resource_is_an_error()
    {
        using MemoryStream stream = new();
        Assert.True(Source.Compile("public static class Sample;").Emit(stream, cancellationToken: TestContext.Current.CancellationToken).Success);
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => AssemblyResource.Fill(stream.ToArray(), EmbeddedObjects.ResourceName, [1]));
        Assert.Contains(EmbeddedObjects.ResourceName, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(11, 0)]
    public void A_short_resource_has_no_objects(int length, int count) =>
        Assert.Equal(count, EmbeddedObjects.Parse(new byte[length], "test").Count);

    [Fact]
    public void A_damaged_resource_names_the_assembly()
    {
        byte[] content = EmbeddedObjects.Write([new("Sample", new byte[50])]);
        foreach (int length in new[] { 12, 19, 25, content.Length - 1 })
        {
            BpfSharp.Diagnostics.ObjectFormatException error = Assert.Throws<BpfSharp.Diagnostics.ObjectFormatException>(
                () => EmbeddedObjects.Parse(content.AsSpan(0, length), "App"));
            Assert.Contains("App", error.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Emit(byte[] other)
    {
        using MemoryStream stream = new();
        Assert.True(Source.Compile("public static class Sample { public static int Five() => 5; }").Emit(stream, manifestResources:
        [
            new ResourceDescription("Other", () => new MemoryStream(other), isPublic: true),
            new ResourceDescription(EmbeddedObjects.ResourceName, () => new MemoryStream([]), isPublic: true),
        ], cancellationToken: TestContext.Current.CancellationToken).Success);
        return stream.ToArray();
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
