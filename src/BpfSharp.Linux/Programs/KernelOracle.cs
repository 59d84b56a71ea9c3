using System.Runtime.Versioning;
using BpfSharp.Diagnostics;
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Isa;
using BpfSharp.Linux.Loading;
using BpfSharp.Linux.Maps;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Programs;

/// <summary>What the kernel's verifier says of raw instructions: the judge our own verifier is compared with.</summary>
[SupportedOSPlatform("linux")]
internal static class KernelOracle
{
    /// <summary>The kernel's judgement.</summary>
    internal sealed class Verdict(int errno, string log, KernelProgram? program, List<KernelMap> maps) : IDisposable
    {
        /// <summary>Whether it was accepted.</summary>
        public bool Accepted => Program is not null;

        /// <summary>Positive errno; 0 if accepted.</summary>
        public int ErrorNumber { get; } = errno;

        /// <summary>The errno's name; empty if accepted.</summary>
        public string ErrorName => ErrorNumber == 0 ? "" : Errno.NameOf(ErrorNumber);

        /// <summary>The whole log.</summary>
        public string Log { get; } = log;

        /// <summary>The verifier's own time, when the log level asked for statistics (4).</summary>
        public TimeSpan? VerificationTime => ProgramLoading.VerificationTime(Log);

        /// <summary>The program, to be run; <see langword="null"/> if refused.</summary>
        public KernelProgram? Program { get; } = program;

        /// <summary>The maps made for it, by index.</summary>
        public IReadOnlyList<KernelMap> Maps { get; } = maps;

        /// <summary>Runs the accepted program.</summary>
        public RunResult Run(RunInput input) =>
            (Program ?? throw new InvalidOperationException("the program was refused")).Run(input);

        public void Dispose()
        {
            Program?.Dispose();
            foreach (KernelMap map in Maps)
            {
                map.Dispose();
            }
        }
    }

    /// <summary>Loads instructions whose <c>lddw</c> map forms (source 5 and 6) name <paramref name="maps"/> by index.</summary>
    /// <param name="type">Program type.</param>
    /// <param name="instructions">The slots.</param>
    /// <param name="maps">Maps to make for this load.</param>
    /// <param name="attachType">Expected hook, for types that need one.</param>
    /// <param name="flags">Load flags.</param>
    /// <param name="license">Licence; GPL by default, so that no helper is missing for that reason.</param>
    /// <param name="logLevel">1 path, 2 states, 4 statistics; the default gives path and statistics.</param>
    /// <param name="attachTypeId">Function or tracepoint in the kernel's BTF, for tracing types.</param>
    /// <exception cref="KernelException">A map was refused.</exception>
    internal static Verdict Load(
        ProgramType type, ReadOnlySpan<Instruction> instructions, IReadOnlyList<MapSpec>? maps = null, AttachType? attachType = null,
        ProgramFlags flags = ProgramFlags.None, string license = "GPL", uint logLevel = 5, uint attachTypeId = 0)
    {
        List<KernelMap> made = [];
        try
        {
            foreach (MapSpec spec in maps ?? [])
            {
                made.Add(Make(spec));
            }

            ProgramImage image = new()
            {
                Name = "oracle",
                Type = type,
                AttachType = attachType,
                Flags = flags,
                License = license,
                AttachTypeId = attachTypeId,
                Instructions = InstructionPatching.Patch(instructions.ToArray(),
                    index => (uint)index < (uint)made.Count ? made[index].FileDescriptor : -1),
            };
            ProgramLoading.Outcome outcome = ProgramLoading.Load(image, logLevel);
            KernelProgram? program = outcome.Handle is null
                ? null
                : KernelProgram.Of(outcome.Handle, new ProgramSpec { Name = "oracle", Type = type }, outcome.Log);
            Verdict verdict = new(outcome.ErrorNumber, outcome.Log, program, made);
            made = [];
            return verdict;
        }
        finally
        {
            made.ForEach(map => map.Dispose());
        }
    }

    private static KernelMap Make(MapSpec spec)
    {
        MapSpec complete = MapCreation.Complete(spec);
        using KernelMap? inner = complete.InnerMap is null ? null : MapCreation.Create(MapCreation.Complete(complete.InnerMap));
        KernelMap map = MapCreation.Create(complete, innerMapFd: inner?.FileDescriptor ?? 0);
        if (complete.InitialData.Length > 0)
        {
            _ = map.Update(new byte[complete.KeySize], complete.InitialData);
        }

        if (complete.Role == MapRole.ReadOnlyData)
        {
            _ = map.Freeze();
        }

        return map;
    }
}
