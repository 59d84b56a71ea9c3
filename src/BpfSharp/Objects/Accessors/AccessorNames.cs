using BpfSharp.Btf;

namespace BpfSharp.Objects;

/// <summary>C# names of an object's programs, maps and variables: the same before and after load, and none twice.</summary>
internal sealed class AccessorNames(string className)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal)
    {
        className, "Object", "Loaded", "Open", "Load", "Dispose", "Equals", "GetHashCode", "GetType", "ToString", "Finalize",
        "MemberwiseClone", "ReferenceEquals",
    };

    /// <summary>Takes a name.</summary>
    /// <param name="name">Name in the object.</param>
    /// <param name="kind">Word that tells it from another thing of the same name: Program, Map, Global.</param>
    internal string Take(string name, string kind)
    {
        string wish = BtfCSharpText.PascalName(name);
        if (_taken.Add(wish))
        {
            return wish;
        }

        string taken = wish + kind;
        for (int i = 2; !_taken.Add(taken); i++)
        {
            taken = $"{wish}{kind}{i}";
        }

        return taken;
    }

    /// <summary>A name for the class from the file's: <c>tcp-life.bpf.o</c> becomes <c>TcpLife</c>.</summary>
    internal static string ClassName(string file)
    {
        string name = file;
        foreach (string ending in (string[])[".o", ".bpf", "_bpf"])
        {
            name = name.EndsWith(ending, StringComparison.Ordinal) ? name.Substring(0, name.Length - ending.Length) : name;
        }

        name = BtfCSharpText.PascalName(name);
        return name == "_" ? "Loaded" : name;
    }
}
