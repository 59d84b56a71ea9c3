using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;
using BpfSharp.Compiler.Emit;
using BpfSharp.Compiler.Front;
using BpfSharp.Compiler.Il;
using BpfSharp.Compiler.Ir;
using BpfSharp.Compiler.Passes;
using BpfSharp.Diagnostics;
using BpfSharp.Objects;

namespace BpfSharp.Compiler;

/// <summary>Compiles static C# methods, from their IL, to eBPF objects. Deterministic: equal input, equal object.</summary>
public static class BpfCompiler
{
    /// <summary>Compiles a class of this process.</summary>
    /// <param name="type">A class with methods that are programs.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    /// <exception cref="BpfException">It cannot be compiled; the findings say why and where.</exception>
    /// <exception cref="NotSupportedException">The class's assembly is not in a file (single-file or native programs): compile at build.</exception>
    [RequiresAssemblyFiles("reads the IL of the type's assembly")]
    public static BpfObject Compile(Type type, CompilerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        string path = type.Assembly.Location;
        if (path.Length == 0)
        {
            throw new NotSupportedException(
                $"the assembly of {type} is in no file: let the build compile it, or give its image to TryCompile");
        }

        return Demand(TryCompile(path, type.FullName, options));
    }

    /// <summary>Compiles a class of an assembly file.</summary>
    /// <param name="assemblyPath">The assembly; its portable PDB beside it or inside gives the source lines.</param>
    /// <param name="typeName">Full name of the class (<c>Namespace.Outer+Inner</c>); <see langword="null"/> if only one has programs.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    public static CompilationResult TryCompile(string assemblyPath, string? typeName = null, CompilerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(assemblyPath);
        using AssemblyUniverse universe = MakeUniverse(options);
        return Compile(universe.Load(assemblyPath), typeName, options ?? new());
    }

    /// <summary>Compiles a class of an assembly image.</summary>
    /// <param name="assembly">The assembly's bytes.</param>
    /// <param name="pdb">Bytes of its portable PDB; empty for none.</param>
    /// <param name="typeName">Full name of the class; <see langword="null"/> if only one has programs.</param>
    /// <param name="options">How; <see langword="null"/> for the defaults.</param>
    public static CompilationResult TryCompile(
        ReadOnlySpan<byte> assembly, ReadOnlySpan<byte> pdb, string? typeName = null, CompilerOptions? options = null)
    {
        using AssemblyUniverse universe = MakeUniverse(options);
        return Compile(universe.Load(assembly, pdb), typeName, options ?? new());
    }

    /// <summary>Full names of the classes of an assembly that are objects: marked <c>[BpfObject]</c>, or with methods that are programs.</summary>
    /// <param name="assemblyPath">The assembly.</param>
    /// <param name="options">How references are found; <see langword="null"/> for the defaults.</param>
    public static ImmutableArray<string> FindObjects(string assemblyPath, CompilerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(assemblyPath);
        using AssemblyUniverse universe = MakeUniverse(options);
        AssemblyImage image = universe.Load(assemblyPath);
        return [.. Objects(image).Select(t => t.FullName)];
    }

    private static BpfObject Demand(CompilationResult result) =>
        result.Object ?? throw new BpfException(result.Findings);

    private static AssemblyUniverse MakeUniverse(CompilerOptions? options)
    {
        List<string> directories = [.. options?.ReferenceDirectories ?? []];
        directories.Add(AppContext.BaseDirectory);
        directories.Add(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory());
        return new AssemblyUniverse(directories);
    }

    private static IEnumerable<TypeDef> Objects(AssemblyImage image)
    {
        foreach (TypeDefinitionHandle handle in image.Metadata.TypeDefinitions)
        {
            TypeDef type = image.GetType(handle);
            if (type.Row.GetGenericParameters().Count == 0 && (type.FindAttribute("BpfObjectAttribute") is not null || HasPrograms(type)))
            {
                yield return type;
            }
        }
    }

    private static bool HasPrograms(TypeDef type) => type.Row.GetMethods().Any(m =>
        AttributeData.Read(type.Image, type.Image.Metadata.GetMethodDefinition(m).GetCustomAttributes())
            .Any(a => a.Type?.FindAttribute("BpfProgramKindAttribute") is not null));

    private static CompilationResult Compile(AssemblyImage image, string? typeName, CompilerOptions options)
    {
        if (options.CpuLevel is < 1 or > 4)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.CpuLevel, "cpu levels are 1 to 4");
        }

        List<Finding> findings = [];
        TypeDef? type;
        if (typeName is null)
        {
            TypeDef[] candidates = [.. Objects(image)];
            type = candidates.Length == 1 ? candidates[0] : null;
            if (type is null)
            {
                findings.Add(FindingTable.Make(FindingTable.NoPrograms,
                    candidates.Length == 0 ? image.Name : $"{image.Name} has {candidates.Length} objects: name one; it", null, null));
                return new(null, [.. findings]);
            }
        }
        else
        {
            int dot = typeName.LastIndexOf('.', typeName.Contains('+', StringComparison.Ordinal)
                ? typeName.IndexOf('+', StringComparison.Ordinal) : typeName.Length - 1);
            type = image.FindType(dot < 0 ? "" : typeName[..dot], typeName[(dot + 1)..]);
            if (type is null)
            {
                findings.Add(FindingTable.Make(FindingTable.NotFound, $"the class {typeName} in {image.Name}", null, null));
                return new(null, [.. findings]);
            }
        }

        return CompileObject(image, type, options, findings);
    }

    // [TailCallTarget(Slot.X)] puts a program into the slots of every program array over that enum.
    private static void FillProgramArrays(
        ObjectContext context, IlType type, List<(IlMethod Method, ProgramKind Kind, string Name)> programs)
    {
        foreach ((IlMethod method, _, string name) in programs)
        {
            foreach (AttributeData attribute in method.Attributes.Where(a => a.Name == "TailCallTargetAttribute"))
            {
                (IlType slotType, long slot) = attribute.Target();
                bool found = false;
                foreach (FieldDefinitionHandle handle in type.Definition!.Row.GetFields())
                {
                    IlField field = new(type, handle);
                    if (field.Type.IsMap && field.IsStatic && field.Type.Arguments.Length > 0
                        && field.Type.Arguments[0].DefinitionName == slotType.DefinitionName)
                    {
                        context.Object.Maps[context.Map(field, null).Index].InitialSlots.Add(new MapSlot((uint)slot, name));
                        found = true;
                    }
                }

                if (!found)
                {
                    throw new CompileError(FindingTable.NotFound, $"a program array over {slotType}, which [TailCallTarget] of {name} names",
                        FunctionBuilder.FirstLine(context, method));
                }
            }
        }
    }

    private static CompilationResult CompileObject(
        AssemblyImage image, TypeDef type, CompilerOptions options, List<Finding> findings)
    {
        IlType closed = image.Universe.Types.Instance(type, []);
        AttributeData? header = type.FindAttribute("BpfObjectAttribute");
        string simple = type.Name[(type.Name.LastIndexOf('+') + 1)..];
        BpfObject result = new()
        {
            Name = header?.Named("Name") as string ?? simple,
            License = header?.Named("License") as string ?? "GPL",
        };
        ObjectContext context = new(image.Universe, image, result, options);
        List<(IlMethod Method, ProgramKind Kind, string Name)> programs = [];
        foreach (MethodDefinitionHandle handle in type.Row.GetMethods())
        {
            IlMethod method = new(closed, handle, []);
            if (ProgramKind.Of(method) is { } kind)
            {
                string name = ObjectContext.Symbol(kind.Name ?? method.Name);
                programs.Add((method, kind, name));
                context.ReservedNames.Add(name);
            }
        }

        if (programs.Count == 0)
        {
            findings.Add(FindingTable.Make(FindingTable.NoPrograms, type.FullName, null, null));
            return new(null, [.. findings]);
        }

        Guard(null, () => context.DeclareMaps(closed));
        if (findings.Count > 0)
        {
            return new(null, [.. findings]);
        }

        Dictionary<Function, CompiledFunction> compiled = [];
        List<(ProgramSpec Spec, CompiledFunction Main)> made = [];
        foreach ((IlMethod method, ProgramKind kind, string name) in programs)
        {
            Guard(name, () =>
            {
                context.Kind = kind;
                Function function = FunctionBuilder.Program(context, method, kind, name);
                ProgramSpec spec = new()
                {
                    Name = name,
                    Section = kind.Section,
                    Type = kind.Type,
                    AttachType = kind.Attach,
                    AttachTarget = kind.Target,
                    Flags = kind.Flags,
                    AutoLoad = kind.AutoLoad,
                };
                Pipeline.Run(function, context);
                made.Add((spec, Emitter.Compile(function, context)));
                foreach (Function sub in context.Functions.ToArray())
                {
                    CompileFunction(sub);
                }
            });
        }

        if (findings.Exists(f => f.Severity == Severity.Error))
        {
            return new(null, [.. findings]);
        }

        Guard(null, () => FillProgramArrays(context, closed, programs));
        context.FinishSections();
        Guard(null, () => ObjectTypes.Complete(context, made, CompileFunction));
        return findings.Exists(f => f.Severity == Severity.Error)
            ? new(null, [.. findings])
            : new(result, [.. findings]);

        CompiledFunction CompileFunction(Function function)
        {
            if (!compiled.TryGetValue(function, out CompiledFunction? code))
            {
                Pipeline.Run(function, context);
                compiled[function] = code = Emitter.Compile(function, context);
            }

            return code;
        }

        void Guard(string? program, Action action)
        {
            try
            {
                action();
            }
            catch (CompileError error)
            {
                findings.Add(FindingTable.Make(error.Row, error.What, error.Location, program));
            }
        }
    }
}
