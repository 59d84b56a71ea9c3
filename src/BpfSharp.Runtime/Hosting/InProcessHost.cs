using System.Runtime.InteropServices;
using BpfSharp.Btf;
using BpfSharp.CoRe;
using BpfSharp.Diagnostics;
using BpfSharp.Hosting;
using BpfSharp.Objects;
using BpfSharp.Runtime.Helpers;
using BpfSharp.Runtime.Hooks;
using BpfSharp.Runtime.Interpreter;
using BpfSharp.Verifier;

namespace BpfSharp.Runtime.Hosting;

/// <summary>Runs objects in this process: native-memory maps, interpreter and JIT. Reached as <c>BpfHost.InProcess</c>.</summary>
public sealed class InProcessHost : IBpfHost
{
    private InProcessHost() { }

    /// <inheritdoc/>
    public string Name => "in-process";

    internal static InProcessHost Instance { get; } = new();

    /// <inheritdoc/>
    public LoadedObject Load(BpfObject source, LoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new Loading(this, source, options).Load();
    }

    /// <summary>One load, all or nothing.</summary>
    private sealed class Loading(InProcessHost host, BpfObject source, LoadOptions? options)
    {
        private readonly RuntimeOptions _options = options as RuntimeOptions ?? new RuntimeOptions();
        private readonly RuntimeObject _object = new(source.Btf)
        {
            Name = source.Name,
            TraceSink = (options as RuntimeOptions)?.TraceSink,
            ExtraHelpers = (options as RuntimeOptions)?.ExtraHelpers,
            Trace = (options as RuntimeOptions)?.Trace,
        };

        private readonly Dictionary<string, LoadedProgram> _programs = [];
        private readonly Dictionary<string, LoadedMap> _maps = [];
        private CoreRelocator? _relocator;

        public InProcessObject Load()
        {
            bool done = false;
            try
            {
                MapLoading.Create(_object, source, options, _maps);
                foreach (ProgramSpec spec in source.Programs.Where(p => p.AutoLoad))
                {
                    _programs.Add(spec.Name, LoadProgram(spec));
                }

                MapLoading.FillSlots(_object, source, _programs);
                done = true;
                return new InProcessObject(host, _object, _programs, _maps);
            }
            finally
            {
                if (!done)
                {
                    _object.Dispose();
                }
            }
        }

        // Without a target's types the object's own serve: the program then runs on the structures it was compiled for.
        private ProgramSpec Relocate(ProgramSpec spec)
        {
            if (spec.CoreRelocations.IsDefaultOrEmpty || source.Btf is null)
            {
                return spec;
            }

            _relocator ??= new CoreRelocator(source.Btf, _options.TargetBtf ?? source.Btf);
            return _relocator.Apply(spec);
        }

        private InProcessProgram LoadProgram(ProgramSpec spec)
        {
            if (spec.Instructions.IsDefaultOrEmpty)
            {
                throw new BpfException(new Finding
                {
                    Id = "BPF4203",
                    Program = spec.Name,
                    Message = "the program has no instructions",
                    Suggestion = "link it, or set ProgramSpec.AutoLoad to false",
                });
            }

            spec = Relocate(spec);
            if (_options.Checking != Checking.Always && MissingBodies.Find(_object, source, spec) is { IsEmpty: false } missing)
            {
                throw new BpfException(missing);
            }

            RunEnvironment environment = RunEnvironments.For(spec.Type);

            // A proof holds for the context the verifier knows and for maps as the object describes them.
            bool mayTrust = _options.Trace is null && environment.SuitsUncheckedRuns && !source.Maps.Any(
                m => m.Role != MapRole.User && options?.ExistingMaps.ContainsKey(m.Name) == true);
            VerificationResult? verification = _options.Checking == Checking.Always || _options.TrustEverything
                ? null
                : VerdictCache.Verify(source, spec);
            if (_options.Checking == Checking.RequireVerified && verification is { IsAccepted: false })
            {
                throw new ProgramRejectedException(spec.Name, verification.Findings);
            }

            RuntimeProgram program = new()
            {
                Name = spec.Name,
                Object = _object,
                Type = spec.Type,
                Spec = spec,
                Shape = environment.Shape,
                Choice = _options.Trace is null ? _options.Engine : EngineChoice.Interpreter,
                Proof = _options.TrustEverything ? Trusted.Assume(source, spec) : mayTrust ? verification?.Program : null,
            };
            program.Image = Predecoder.Decode(
                program, ImmutableCollectionsMarshal.AsArray(spec.Instructions)!, spec.Subprograms.Select(s => s.StartSlot),
                source.Externs, new HashSet<int>(spec.CoreRelocations.Select(r => r.Slot)));
            program.ExceptionCallback = FindExceptionCallback(spec, program.Image);
            if (program.Choice == EngineChoice.Jit && !program.TryCompile())
            {
                throw new BpfException(new Finding
                {
                    Id = "BPF4207",
                    Program = spec.Name,
                    Message = $"native code was asked for, but only the {program.Engine} can run it",
                    Suggestion = "take RuntimeOptions.Engine = Tiered or Interpreter",
                });
            }

            return new InProcessProgram(spec, program, environment, _options.Fuel, verification);
        }

        // The function named by the main function's tag exception_callback:NAME; the linker has appended it.
        private int FindExceptionCallback(ProgramSpec spec, CodeImage image)
        {
            const string Prefix = "exception_callback:";
            if (source.Btf is not { } types || spec.Subprograms.IsDefaultOrEmpty || spec.Subprograms[0].BtfTypeId == 0)
            {
                return -1;
            }

            for (int id = 1; id < types.Count; id++)
            {
                if (types[id] is { Kind: BtfKind.DeclarationTag, ComponentIndex: -1 } tag && tag.TypeId == spec.Subprograms[0].BtfTypeId
                    && tag.Name.StartsWith(Prefix, StringComparison.Ordinal))
                {
                    string name = tag.Name[Prefix.Length..];
                    return spec.Subprograms.FirstOrDefault(s => s.Name == name) is { } callback
                        ? Array.FindIndex(image.Functions, f => f.StartSlot == callback.StartSlot) : -1;
                }
            }

            return -1;
        }
    }
}
