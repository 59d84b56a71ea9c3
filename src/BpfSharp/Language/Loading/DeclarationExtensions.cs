using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using BpfSharp.Hosting;
using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>Loading classes, and finding what is live by its declaration.</summary>
public static class DeclarationExtensions
{
    extension(BpfObject)
    {
        /// <summary>The object of a class marked with <see cref="BpfObjectAttribute"/>, to be edited before load.</summary>
        /// <param name="type">The class.</param>
        public static BpfObject From([DynamicallyAccessedMembers(Declarations.Needed)] Type type) => Declarations.Read(type);
    }

    /// <summary>Loads a class marked with <see cref="BpfObjectAttribute"/>.</summary>
    /// <param name="host">Where.</param>
    /// <param name="type">The class.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <exception cref="Diagnostics.BpfException">There is no object of the class, or the host refused it.</exception>
    public static DeclaredObject Load(
        this IBpfHost host, [DynamicallyAccessedMembers(Declarations.Needed)] Type type, LoadOptions? options = null) =>
        DeclaredObject.Load(host, type, options);

    /// <summary>The live program of a method.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="program">The method: <c>Firewall.Filter</c>.</param>
    /// <exception cref="KeyNotFoundException">The object has no such program.</exception>
    public static LoadedProgram Program(this LoadedObject loaded, Delegate program)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        return loaded.Program(Declarations.NameOf(program));
    }

    /// <summary>The live map of a declaration, in bytes.</summary>
    /// <param name="loaded">The live object.</param>
    /// <param name="declaration">The declaration: <c>Firewall.Blocked</c>.</param>
    /// <exception cref="KeyNotFoundException">The object has no such map.</exception>
    public static LoadedMap LiveMap(this LoadedObject loaded, MapDeclaration declaration)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        ArgumentNullException.ThrowIfNull(declaration);
        return loaded.Map(declaration.Name ?? throw new ArgumentException(
            "this declaration is no static readonly field of a class that was loaded", nameof(declaration)));
    }

    /// <summary>Sets a constant for the loads to come.</summary>
    /// <param name="source">The object, not loaded yet.</param>
    /// <param name="constant">The declaration: <c>Balancer.Vip</c>.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="KeyNotFoundException">The object has no such constant (it may be one that no program reads).</exception>
    public static void Set<T>(this BpfObject source, Const<T> constant, T value) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(constant);
        string name = constant.FieldName ?? throw new ArgumentException(
            "this declaration is no static readonly field of a class whose object was read", nameof(constant));
        GlobalVariable variable = source.Globals.FirstOrDefault(g => g.Name == name)
            ?? throw new KeyNotFoundException($"no constant '{name}' in this object; it has: {string.Join(", ", source.Globals.Select(g => g.Name))}");
        MemoryMarshal.Write(variable.InitialBytes, in value);
    }
}
