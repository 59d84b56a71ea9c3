using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>From a class marked with <see cref="BpfObjectAttribute"/> to its object, and from its declarations to their names.</summary>
internal static class Declarations
{
    /// <summary>What reflection needs of such a class.</summary>
    public const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields
        | DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods;

    /// <summary>The object of a class: the one embedded at build, else compiled now if the compiler is here.</summary>
    public static BpfObject Read([DynamicallyAccessedMembers(Needed)] Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (type.GetCustomAttribute<BpfObjectAttribute>() is null)
        {
            throw new ArgumentException($"{type} is not marked with [BpfObject]", nameof(type));
        }

        Name(type);
        if (EmbeddedObjects.Find(type) is { } file)
        {
            return BpfObject.Read(file, type.Name);
        }

        if (RuntimeCompiler.Compile(type) is { } compiled)
        {
            return compiled;
        }

        throw new BpfException(new Finding
        {
            Id = "BPF4020",
            Where = type.FullName,
            Message = "there is no eBPF object of this class: none was embedded at build, and the compiler is not referenced",
            Suggestion = "reference the package BpfSharp.Build, which compiles at build, or BpfSharp.Compiler, which compiles when it is loaded",
        });
    }

    /// <summary>The name of a program in the object.</summary>
    /// <exception cref="ArgumentException">The method is not a program.</exception>
    public static string NameOf(Delegate program)
    {
        ArgumentNullException.ThrowIfNull(program);
        BpfProgramAttribute attribute = program.Method.GetCustomAttribute<BpfProgramAttribute>()
            ?? throw new ArgumentException($"{program.Method.Name} is not a program: it has no attribute such as [Xdp]", nameof(program));
        return attribute.Name ?? program.Method.Name;
    }

    // Declarations are recognised by reference; their names are the fields'. Naming them twice does no harm.
    private static void Name([DynamicallyAccessedMembers(Needed)] Type type)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (!field.IsInitOnly)
            {
                continue;
            }

            switch (field.GetValue(null))
            {
                case MapDeclaration map:
                    map.Name = field.Name;
                    break;
                case ConstDeclaration constant:
                    constant.FieldName = field.Name;
                    break;
                default:
                    break;
            }
        }
    }
}
