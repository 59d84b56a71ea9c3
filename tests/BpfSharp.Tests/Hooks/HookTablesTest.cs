using BpfSharp.Hooks;

namespace BpfSharp.Tests.Hooks;

public class HookTablesTest
{
    [Fact]
    public void Rows_are_in_the_order_of_the_numbers()
    {
        Assert.Equal(HelperTable.LastId, HelperTable.All.Length);
        Assert.All(HelperTable.All, row => Assert.Same(row, HelperTable.Find(row.Id)));
        Assert.All(ProgramTypeTable.All, row => Assert.Same(row, ProgramTypeTable.Find(row.Type)));
    }

    [Theory]
    [InlineData(1, "map_lookup_elem", 319)]
    [InlineData(25, "perf_event_output", 404)]
    [InlineData(113, "probe_read_kernel", 505)]
    [InlineData(131, "ringbuf_reserve", 508)]
    [InlineData(181, "loop", 517)]
    [InlineData(211, "cgrp_storage_delete", 602)]
    public void Helpers_are_found_by_number_and_name(int id, string name, int since)
    {
        HelperInfo row = HelperTable.Find(id)!;
        Assert.Equal(name, row.Name);
        Assert.Equal(since, row.Since);
        Assert.Same(row, HelperTable.Find("bpf_" + name));
    }

    [Fact]
    public void Every_helper_is_possible()
    {
        Assert.All(HelperTable.All, row =>
        {
            Assert.True(row.Arguments.Length <= 5, row.Name);
            for (int i = 0; i < row.Arguments.Length; i++)
            {
                HelperArgument argument = row.Arguments[i];
                if (argument.Kind is HelperArgumentKind.Size or HelperArgumentKind.SizeOrZero)
                {
                    Assert.True(i > 0 && row.Arguments[i - 1].Kind == HelperArgumentKind.Memory, row.Name);
                }

                bool isFixed = (argument.Traits & HelperArgumentTraits.FixedSize) != 0;
                Assert.True(isFixed == (argument.Size > 0), row.Name);
                if (argument.Kind == HelperArgumentKind.Memory && !isFixed)
                {
                    Assert.True(row.Arguments[i + 1].Kind is HelperArgumentKind.Size or HelperArgumentKind.SizeOrZero, row.Name);
                }
            }
        });
    }

    [Theory]
    [InlineData(ProgramType.Xdp, "map_lookup_elem", true)]
    [InlineData(ProgramType.Xdp, "redirect_map", true)]
    [InlineData(ProgramType.Xdp, "skb_load_bytes", false)]
    [InlineData(ProgramType.SchedCls, "skb_load_bytes", true)]
    [InlineData(ProgramType.Kprobe, "get_stackid", true)]
    [InlineData(ProgramType.Kprobe, "fib_lookup", false)]
    [InlineData(ProgramType.SocketFilter, "redirect", false)]
    [InlineData(ProgramType.SkLookup, "sk_assign", true)]
    public void Helper_sets(ProgramType type, string helper, bool allowed) =>
        Assert.Equal(allowed, ProgramTypeTable.Allows(type, HelperTable.Find(helper)!.Id));

    [Theory]
    [InlineData(ProgramType.Xdp, null, 0, 4, "PacketStart")]
    [InlineData(ProgramType.Xdp, null, 4, 4, "PacketEnd")]
    [InlineData(ProgramType.Xdp, null, 0, 8, null)]
    [InlineData(ProgramType.Xdp, null, 20, 4, null)]
    [InlineData(ProgramType.Xdp, AttachType.XdpDevmap, 20, 4, "Scalar")]
    [InlineData(ProgramType.SchedCls, null, 76, 4, "PacketStart")]
    [InlineData(ProgramType.SocketFilter, null, 76, 4, null)]
    [InlineData(ProgramType.SchedCls, null, 168, 8, "SockCommonOrNull")]
    [InlineData(ProgramType.Kprobe, null, 112, 8, "Scalar")]
    [InlineData(ProgramType.Tracepoint, null, 0, 8, null)]
    [InlineData(ProgramType.Tracepoint, null, 8, 8, "Scalar")]
    [InlineData(ProgramType.CgroupSockAddr, AttachType.CgroupInet6Bind, 8, 8, "Scalar")]
    [InlineData(ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind, 8, 4, null)]
    public void Context_loads(ProgramType type, AttachType? attach, int offset, int width, string? gives)
    {
        bool allowed = ContextTable.Find(type, attach)!.TryRead(offset, width, out ContextRun run);
        Assert.Equal(gives, allowed ? run.Value.ToString() : null);
    }

    [Theory]
    [InlineData("__sk_buff", "data_end", 80)]
    [InlineData("xdp_md", "data_meta", 8)]
    [InlineData("bpf_sock_addr", "sk", 64)]
    public void Fields(string type, string field, int offset)
    {
        ContextStruct row = ContextTable.FindStruct(type)!;
        Assert.Equal(offset, row.FindField(field)!.Value.Offset);
        Assert.Equal(field, row.FindField(offset)!.Value.Name);
    }

    [Theory]
    [InlineData(ProgramType.Xdp, null, null)]
    [InlineData(ProgramType.CgroupSkb, AttachType.CgroupInetEgress, "[0, 3]")]
    [InlineData(ProgramType.CgroupSkb, AttachType.CgroupInetIngress, "[0, 1]")]
    [InlineData(ProgramType.CgroupSockAddr, AttachType.CgroupUdp4RecvMsg, "[1, 1]")]
    public void Return_ranges(ProgramType type, AttachType? attach, string? range) =>
        Assert.Equal(range, ProgramTypeTable.FindReturnRange(type, attach)?.ToString());

    [Theory]
    [InlineData("bpf_task_acquire", KfuncTraits.Acquires | KfuncTraits.MayReturnNull, ProgramType.Tracing, true)]
    [InlineData("bpf_iter_num_next___flavour", KfuncTraits.IteratorNext, ProgramType.SocketFilter, true)]
    [InlineData("bpf_skb_ct_lookup", KfuncTraits.Acquires, ProgramType.SchedCls, true)]
    [InlineData("bpf_skb_ct_lookup", KfuncTraits.Acquires, ProgramType.Kprobe, false)]
    public void Kernel_functions(string name, KfuncTraits traits, ProgramType type, bool allowed)
    {
        KfuncInfo row = KfuncTable.Find(name)!;
        Assert.True(row.Has(traits));
        Assert.Equal(allowed, row.Allows(type));
    }
}
