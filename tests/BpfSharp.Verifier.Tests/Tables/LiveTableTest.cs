using System.Runtime.Versioning;
using BpfSharp.Btf;
using BpfSharp.Hooks;
using BpfSharp.Isa;
using BpfSharp.Linux.Programs;
using BpfSharp.Objects;
using BpfSharp.TestSupport;
using BpfSharp.Verifier.Profiles;

namespace BpfSharp.Verifier.Tests.Tables;

/// <summary>The tables of helpers, kernel functions and contexts against the kernel that runs: its types, and what it accepts.</summary>
public class LiveTableTest
{
    private const string Types = "/sys/kernel/btf/vmlinux";

    [Fact]
    public void Every_helper_has_the_kernels_number_and_name()
    {
        (KernelProfile kernel, BtfFile types) = Running();
        Dictionary<long, string> known = [];
        BtfList<BtfEnumerator> rows = types[types.Find("bpf_func_id", BtfKind.Enum)].Enumerators;
        for (int i = 0; i < rows.Count; i++)
        {
            known[rows[i].Value] = rows[i].Name;
        }

        foreach (HelperInfo helper in HelperTable.All.Where(h => h.Since <= kernel.Release))
        {
            Assert.True(known.TryGetValue(helper.Id, out string? name), $"{helper.Name} ({helper.Id}) is not in the kernel's types");
            Assert.Equal("BPF_FUNC_" + helper.Name, name);
        }

        // And nothing is missing: a kernel no newer than the table has no others.
        if (kernel.Release <= KernelProfile.Latest.Release)
        {
            Assert.DoesNotContain(
                known, k => k.Key > 0 && !k.Value.StartsWith("__", StringComparison.Ordinal) && HelperTable.Find((int)k.Key) is null);
        }
    }

    [Fact]
    public void Every_function_the_kernel_marks_is_in_the_table()
    {
        (KernelProfile kernel, BtfFile types) = Running();
        Assert.SkipUnless(kernel.Release <= KernelProfile.Latest.Release, $"Linux {kernel.Name} is newer than the table");
        List<string> marked = [];
        for (int id = 1; id < types.Count; id++)
        {
            BtfType tag = types[id];
            if (tag.Kind == BtfKind.DeclarationTag && tag.ComponentIndex == -1 && tag.Name == "bpf_kfunc")
            {
                marked.Add(types[tag.TypeId].Name);
            }
        }

        Assert.SkipWhen(marked.Count == 0, $"the types of Linux {kernel.Name} do not mark kernel functions");

        // Marked as well, but to be attached to, not to be called: the kernel's own test functions.
        marked.RemoveAll(name => name.StartsWith("bpf_fentry_test", StringComparison.Ordinal)
            || name.StartsWith("bpf_modify_return_test", StringComparison.Ordinal));
        Assert.DoesNotContain(marked, name => KfuncTable.Find(name) is null);
        Assert.All(marked.Select(KfuncTable.Find), row => Assert.True(row!.Since <= kernel.Release, $"{row.Name} is here, the table says {row.Since}"));
    }

    [Fact]
    public void Later_helpers_belong_to_their_types()
    {
        // A helper a type got later is one it has, and is younger there than anywhere else: what the table of later helpers is for.
        foreach (ProgramTypeInfo type in ProgramTypeTable.All)
        {
            foreach (int helper in ProgramTypeTable.FindHelpers(type.Type))
            {
                int since = ProgramTypeTable.FindSince(type.Type, helper);
                Assert.True(since >= HelperTable.Find(helper)!.Since && since >= type.Since, $"{type.Type} {helper}: {since}");
                Assert.True(since <= KernelProfile.Latest.Release, $"{type.Type} {helper}: {since}");
            }
        }
    }

    /// <summary>Each offset and width of each context, load and store: minutes, so only on request.</summary>
    [Fact]
    public void The_kernel_accepts_exactly_the_context_accesses_of_the_table()
    {
        KernelSupport.RequireBpf();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not Linux");
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("BPFSHARP_TABLES") is "1", "tens of thousands of loads: set BPFSHARP_TABLES=1 to ask for it");
        (KernelProfile kernel, BtfFile _) = Running();
        Assert.SkipUnless(kernel.Release == KernelProfile.Latest.Release, $"the table is Linux {KernelProfile.Latest.Release}'s, this is {kernel.Name}");
        List<string> different = [];
        int asked = 0;
        foreach (ContextAccess row in ContextTable.All)
        {
            int size = ProgramTypeTable.Find(row.Type)?.Context is { } name && ContextTable.FindStruct(name) is { } shape ? shape.Size : 64;
            AttachType? attach = row.AttachTypes.IsEmpty ? Default(row.Type) : row.AttachTypes[0];
            if (!Accepts(row.Type, attach, []))
            {
                continue; // this kernel was built without the type, or lets nobody load it
            }

            for (int offset = 0; offset < size + 8; offset++)
            {
                foreach (int width in (int[])[1, 2, 4, 8])
                {
                    foreach (bool isStore in (bool[])[false, true])
                    {
                        asked++;
                        bool ours = isStore ? row.CanWrite(offset, width) : row.TryRead(offset, width, out _);
                        if (Accepts(row.Type, attach, Access(offset, width, isStore)) != ours)
                        {
                            different.Add($"{row.Type}/{attach}: {(isStore ? "store" : "load")} of {width} at {offset}: the table says {ours}");
                        }
                    }
                }
            }
        }

        Assert.True(asked > 10_000, $"{asked} accesses were asked");
        Assert.True(different.Count == 0, $"{different.Count} of {asked} differ:\n{string.Join('\n', different.Take(40))}");
    }

    // The value loaded is not used, so that pointers and numbers count alike.
    private static Instruction[] Access(int offset, int width, bool isStore)
    {
        (Op load, Op store) = width switch
        {
            1 => (Op.Load8, Op.Store8Reg),
            2 => (Op.Load16, Op.Store16Reg),
            4 => (Op.Load32, Op.Store32Reg),
            _ => (Op.Load64, Op.Store64Reg),
        };
        return isStore
            ? [Instruction.Encode(Op.Mov64Imm, Register.R2, imm: 0), Instruction.Encode(store, Register.R1, Register.R2, (short)offset)]
            : [Instruction.Encode(load, Register.R2, Register.R1, (short)offset)];
    }

    [SupportedOSPlatform("linux")]
    private static bool Accepts(ProgramType type, AttachType? attach, Instruction[] access)
    {
        ReturnRange? range = ProgramTypeTable.FindReturnRange(type, attach);
        int result = range is { Minimum: > 0 } ? (int)range.Value.Minimum : 0;
        using KernelOracle.Verdict verdict = KernelOracle.Load(
            type, [.. access, Instruction.Encode(Op.Mov64Imm, Register.R0, imm: result), Instruction.Encode(Op.Exit)],
            attachType: attach, flags: type == ProgramType.Syscall ? ProgramFlags.Sleepable : ProgramFlags.None, logLevel: 0);
        return verdict.Accepted;
    }

    private static AttachType? Default(ProgramType type) => type switch
    {
        ProgramType.SkLookup => AttachType.SkLookup,
        ProgramType.Netfilter => AttachType.Netfilter,
        ProgramType.CgroupSkb => AttachType.CgroupInetIngress,
        ProgramType.SkReuseport => AttachType.SkReuseportSelect,
        _ => null,
    };

    private static (KernelProfile Kernel, BtfFile Types) Running()
    {
        Assert.SkipUnless(File.Exists(Types), $"this kernel shows no types ({Types})");
        KernelProfile kernel = KernelProfile.ReadRunning()!;
        return (kernel, kernel.Types!);
    }
}
