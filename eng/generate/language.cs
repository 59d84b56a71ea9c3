#:project ../../src/BpfSharp/BpfSharp.csproj
#:property PublishAot=false
// Writes what the C# language takes from the tables: Bpf.g.cs (helpers) and the context types.
// usage: dotnet run eng/generate/language.cs
using System.Globalization;
using System.Text;
using BpfSharp.Hooks;

string root = Root();
string language = Path.Combine(root, "src/BpfSharp/Language");

// Helpers that maps, ring records, locks, printing and callbacks wrap by hand.
HashSet<string> byHand =
[
    "map_lookup_elem", "map_update_elem", "map_delete_elem", "trace_printk", "trace_vprintk", "tail_call", "map_push_elem",
    "map_pop_elem", "map_peek_elem", "spin_lock", "spin_unlock", "sk_storage_get", "sk_storage_delete", "ringbuf_output",
    "ringbuf_reserve", "ringbuf_submit", "ringbuf_discard", "ringbuf_query", "perf_event_output", "inode_storage_get",
    "inode_storage_delete", "task_storage_get", "task_storage_delete", "cgrp_storage_get", "cgrp_storage_delete",
    "for_each_map_elem", "snprintf", "timer_init", "timer_set_callback", "timer_start", "timer_cancel", "find_vma", "loop",
    "strncmp", "kptr_xchg", "map_lookup_percpu_elem", "ringbuf_reserve_dynptr", "ringbuf_submit_dynptr",
    "ringbuf_discard_dynptr", "user_ringbuf_drain", "get_local_storage", "per_cpu_ptr", "this_cpu_ptr", "redirect_map",
    "get_current_task_btf", "get_stackid", "dynptr_data", "probe_read", "probe_read_str", "seq_printf", "bind",
];

// What a helper does as plain C#.
Dictionary<string, string> bodies = new()
{
    ["ktime_get_ns"] = "PlainClock.Monotonic",
    ["ktime_get_boot_ns"] = "PlainClock.Monotonic",
    ["ktime_get_coarse_ns"] = "PlainClock.Monotonic",
    ["ktime_get_tai_ns"] = "PlainClock.Tai",
    ["jiffies64"] = "PlainClock.Monotonic / 4_000_000",
    ["get_prandom_u32"] = "(uint)Random.Shared.NextInt64(1L << 32)",
    ["get_smp_processor_id"] = "0",
    ["get_numa_node_id"] = "0",
    ["get_current_pid_tgid"] = "PlainTask.PidTgid",
    ["get_current_uid_gid"] = "0",
    ["get_current_comm"] = "PlainTask.CopyName(sizeOfBuf: buf)",
    ["get_current_cgroup_id"] = "1",
    ["xdp_adjust_head"] = "xdpMd.Plain.MoveStart(delta)",
    ["xdp_adjust_tail"] = "xdpMd.Plain.MoveEnd(delta)",
    ["xdp_adjust_meta"] = "xdpMd.Plain.MoveMeta(delta)",
    ["xdp_get_buff_len"] = "(ulong)xdpMd.Plain.Packet.Length",
    ["xdp_load_bytes"] = "xdpMd.Plain.Load(offset, buf)",
    ["xdp_store_bytes"] = "xdpMd.Plain.Store(offset, buf)",
    ["skb_load_bytes"] = "skb.Plain.Load(offset, to)",
    ["skb_store_bytes"] = "skb.Plain.Store(offset, @from)",
    ["skb_pull_data"] = "0",
    ["csum_diff"] = "PlainChecksum.Difference(@from, to, seed)",
    ["redirect"] = "PlainRedirect.ToDevice(ifindex, flags)",
    ["redirect_peer"] = "PlainRedirect.ToDevice(ifindex, flags)",
    ["probe_read_kernel"] = "PlainMemory.Read(dst, unsafePtr)",
    ["probe_read_user"] = "PlainMemory.Read(dst, unsafePtr)",
    ["probe_read_kernel_str"] = "PlainMemory.ReadString(dst, unsafePtr)",
    ["probe_read_user_str"] = "PlainMemory.ReadString(dst, unsafePtr)",
    ["copy_from_user"] = "PlainMemory.Read(dst, userPtr)",
    ["strtol"] = "PlainNumber.Parse(buf, flags, out res)",
    ["strtoul"] = "PlainNumber.Parse(buf, flags, out res)",
};

Dictionary<string, string> contextNames = new()
{
    ["skb"] = "SkbContext",
    ["xdp_md"] = "XdpContext",
    ["skops"] = "SockOpsContext",
    ["msg"] = "SkMessageContext",
    ["reuse"] = "SkReuseportContext",
    ["regs"] = "KprobeContext",
    ["bpf_sock"] = "SockOpsContext",
};

WriteHelpers();
WriteContexts();
return;

void WriteHelpers()
{
    StringBuilder text = Begin("BpfSharp.Hooks.HelperTable");
    text.AppendLine("#pragma warning disable IDE0060, CA1801, CS1573 // parameters are the kernel's\n");
    text.AppendLine("namespace BpfSharp.Language;\n");
    text.AppendLine("public static unsafe partial class Bpf\n{");
    bool first = true;
    foreach (HelperInfo helper in HelperTable.All)
    {
        if (byHand.Contains(helper.Name) || helper.Arguments.Any(a => a.Kind is HelperArgumentKind.Function
            or HelperArgumentKind.KptrSlot or HelperArgumentKind.ConstantString or HelperArgumentKind.PerCpuVariable))
        {
            continue;
        }

        if (!first)
        {
            text.AppendLine();
        }

        first = false;
        WriteHelper(text, helper);
    }

    text.AppendLine("}");
    Save("Helpers/Bpf.g.cs", text);
}

void WriteHelper(StringBuilder text, HelperInfo helper)
{
    List<string> parameters = [];
    List<string> generics = [];
    List<string> constraints = [];
    for (int i = 0; i < helper.Arguments.Length; i++)
    {
        HelperArgument argument = helper.Arguments[i];
        string name = Camel(argument.Name);
        bool sized = i + 1 < helper.Arguments.Length
            && helper.Arguments[i + 1].Kind is HelperArgumentKind.Size or HelperArgumentKind.SizeOrZero;
        switch (argument.Kind)
        {
            case HelperArgumentKind.Context when contextNames.TryGetValue(argument.Name, out string? context):
                parameters.Add($"{context} {name}");
                break;
            case HelperArgumentKind.Context:
                generics.Add("TContext");
                constraints.Add("where TContext : IBpfContext, allows ref struct");
                parameters.Add($"TContext {name}");
                break;
            case HelperArgumentKind.Map:
                parameters.Add($"MapDeclaration {name}");
                break;
            case HelperArgumentKind.MapKey:
                generics.Add("TKey");
                constraints.Add("where TKey : unmanaged");
                parameters.Add($"in TKey {name}");
                break;
            case HelperArgumentKind.MapValue:
                generics.Add("TValue");
                constraints.Add("where TValue : unmanaged");
                parameters.Add($"{(argument.Traits.HasFlag(HelperArgumentTraits.Writes) ? "out" : "in")} TValue {name}");
                break;
            case HelperArgumentKind.Memory when sized:
                bool writes = argument.Traits.HasFlag(HelperArgumentTraits.Writes);
                parameters.Add($"{(writes ? "Span" : "ReadOnlySpan")}<byte> {name}");
                i++;
                break;
            case HelperArgumentKind.Memory:
                string type = argument.Type switch
                {
                    "s64" => "long",
                    "u64" => "ulong",
                    "u32" => "uint",
                    "iphdr" => "IPv4Header",
                    "ipv6hdr" => "IPv6Header",
                    "tcphdr" => "TcpHeader",
                    _ => throw new InvalidOperationException($"{helper}: {argument.Type}"),
                };
                string mode = !argument.Traits.HasFlag(HelperArgumentTraits.Writes) ? "in"
                    : argument.Traits.HasFlag(HelperArgumentTraits.Reads) ? "ref" : "out";
                parameters.Add($"{mode} {type} {name}");
                break;
            case HelperArgumentKind.SockCommon or HelperArgumentKind.Socket or HelperArgumentKind.BtfSocket:
                parameters.Add($"BpfSocket* {name}");
                break;
            case HelperArgumentKind.BtfPointer:
                parameters.Add($"void* {name}");
                break;
            case HelperArgumentKind.Dynptr:
                parameters.Add($"{(argument.Traits.HasFlag(HelperArgumentTraits.LocalDynptr) ? "out" : "ref")} BpfDynptr {name}");
                break;
            case HelperArgumentKind.Anything or HelperArgumentKind.Scalar or HelperArgumentKind.Size
                or HelperArgumentKind.SizeOrZero or HelperArgumentKind.AllocationSize:
                parameters.Add($"{(argument.Type == "void" ? "void*" : Number(argument.Type))} {name}");
                break;
            default:
                throw new InvalidOperationException($"{helper}: {argument.Name} is {argument.Kind}");
        }
    }

    string result = helper.Return switch
    {
        HelperReturn.Nothing => "void",
        HelperReturn.Integer => helper.ReturnType == "void" ? "void" : Number(helper.ReturnType),
        HelperReturn.SocketOrNull or HelperReturn.SockCommonOrNull => "BpfSocket*",
        HelperReturn.TcpSocketOrNull => "BpfTcpSocket*",
        _ => "void*",
    };
    string since = $"{helper.Since / 100}.{helper.Since % 100}";
    string types = string.Join(", ", ProgramTypesOf(helper));
    text.AppendLine($"    /// <summary>{Escape(helper.Description)}</summary>");
    text.AppendLine($"    /// <remarks>");
    text.AppendLine($"    /// <c>{helper.FullName}</c>, since Linux {since}{(helper.Has(HelperTraits.GplOnly) ? ", for GPL-compatible licences only" : "")}"
        + $"{(helper.Has(HelperTraits.MaySleep) ? ", in sleepable programs only" : "")}"
        + $"{(helper.Has(HelperTraits.ChangesPacket) ? "; packet cursors and references are invalid afterwards" : "")}.");
    text.AppendLine($"    /// For: {(types.Length == 0 ? "no type that was measured" : types)}.");
    text.AppendLine($"    /// </remarks>");
    if (result == "long")
    {
        text.AppendLine("    /// <returns>Negative errno on failure.</returns>");
    }

    text.AppendLine($"    [BpfHelperCall({helper.Id})]");
    string generic = generics.Count == 0 ? "" : $"<{string.Join(", ", generics.Distinct())}>";
    string head = $"    public static {result} {Pascal(helper.Name)}{generic}({string.Join(", ", parameters)})";
    string body = bodies.TryGetValue(helper.Name, out string? plain)
        ? plain.Replace("sizeOfBuf: ", "", StringComparison.Ordinal)
        : $"throw PlainHost.NoHelper(\"{helper.FullName}\")";
    text.AppendLine(constraints.Count == 0
        ? $"{head} =>\n        {body};"
        : $"{head}\n        {string.Join(" ", constraints.Distinct())} =>\n        {body};");
}

static IEnumerable<string> ProgramTypesOf(HelperInfo helper)
{
    ProgramType[] all = [.. ProgramTypeTable.All.Select(t => t.Type)];
    ProgramType[] allowed = [.. ProgramTypeTable.FindTypes(helper.Id)];
    return allowed.Length >= all.Length - 4
        ? ["all program types" + (allowed.Length == all.Length ? "" : " but " + string.Join(", ", all.Except(allowed)))]
        : allowed.Select(t => t.ToString());
}

void WriteContexts()
{
    ContextSpec[] specs =
    [
        new("SkbContext", "__sk_buff", "socket filters, tc, cgroup_skb, lwt, sk_skb and flow dissectors", true),
        new("SockOpsContext", "bpf_sock_ops", "TCP socket operations", false),
        new("SkMessageContext", "sk_msg_md", "sendmsg on a sockmap's socket", true),
        new("SockAddressContext", "bpf_sock_addr", "bind, connect, sendmsg and the like in a cgroup", false),
        new("DeviceContext", "bpf_cgroup_dev_ctx", "device access of a cgroup", false),
        new("SysctlContext", "bpf_sysctl", "sysctl access of a cgroup", false),
        new("SocketOptionContext", "bpf_sockopt", "getsockopt and setsockopt of a cgroup", true),
        new("SkReuseportContext", "sk_reuseport_md", "selecting a socket of a reuseport group", true),
        new("SkLookupContext", "bpf_sk_lookup", "choosing the socket of an incoming connection", false),
        new("NetfilterContext", "bpf_nf_ctx", "netfilter hooks", false),
        new("PerfEventContext", "bpf_perf_event_data", "perf events (registers are those of x86-64)", false),
        new("KprobeContext", "pt_regs", "kprobes, uprobes and USDT (registers are those of x86-64)", false),
        new("SocketContext", "bpf_sock", "sockets made and released in a cgroup", false),
    ];
    foreach (ContextSpec spec in specs)
    {
        WriteContext(spec);
    }

    WriteStruct("BpfSocket", "bpf_sock", "A socket as networking programs see it");
    WriteStruct("BpfTcpSocket", "bpf_tcp_sock", "What TCP knows of a connection");
    WriteStruct("FlowKeys", "bpf_flow_keys", "Keys of a flow, as a flow dissector fills them");
}

void WriteContext(ContextSpec spec)
{
    ContextStruct structure = ContextTable.FindStruct(spec.Structure) ?? throw new InvalidOperationException(spec.Structure);
    ContextField? start = structure.FindField("data") ?? structure.FindField("optval");
    ContextField? end = structure.FindField("data_end") ?? structure.FindField("optval_end");
    bool packet = spec.HasPacket && start is not null && end is not null;
    StringBuilder text = Begin("BpfSharp.Hooks.ContextTable");
    text.AppendLine("namespace BpfSharp.Language;\n");
    text.AppendLine($"/// <summary>Context of programs for {spec.Purpose} (<c>struct {spec.Structure}</c>).</summary>");
    text.AppendLine($"[BpfContext(\"{spec.Structure}\")]");
    text.AppendLine($"public readonly unsafe ref partial struct {spec.Name} : {(packet ? "IPacketContext" : "IBpfContext")}\n{{");
    text.AppendLine("    private readonly PlainContext? _plain;\n");
    text.AppendLine($"    private {spec.Name}(PlainContext plain) => _plain = plain;\n");
    if (packet)
    {
        text.AppendLine("    /// <summary>The packet (or the option's bytes), read from the first byte on.</summary>");
        text.AppendLine("    public Packet Packet => new(ref Start, ref End);\n");
    }

    foreach (ContextField field in structure.Fields)
    {
        WriteField(text, spec, structure, field, packet && (field == start || field == end));
    }

    text.AppendLine($"    internal PlainContext Plain => _plain ?? throw PlainHost.EmptyContext(nameof({spec.Name}));\n");
    string arguments = packet ? "ReadOnlySpan<byte> packet" : "";
    text.AppendLine($"    /// <summary>A context for running a program as plain C#{(packet ? ", over a copy of the bytes" : "")}; fields are 0 but those set by <see cref=\"With\"/>.</summary>");
    if (packet)
    {
        text.AppendLine("    /// <param name=\"packet\">The packet.</param>");
    }

    text.AppendLine($"    public static {spec.Name} {(packet ? "FromPacket" : "Create")}({arguments})\n    {{");
    text.AppendLine($"        PlainContext plain = new({structure.Size}, {(packet ? "packet" : "[]")});");
    if (structure.FindField("len") is { } length && packet)
    {
        text.AppendLine($"        plain.Field<uint>({length.Offset}) = (uint)packet.Length;");
    }

    if (spec.Structure == "__sk_buff")
    {
        text.AppendLine("        if (packet.Length >= 14)");
        text.AppendLine("        {");
        text.AppendLine($"            plain.Field<uint>({structure.FindField("protocol")!.Value.Offset}) = System.Runtime.InteropServices.MemoryMarshal.Read<ushort>(packet[12..]);");
        text.AppendLine("        }\n");
    }

    text.AppendLine($"        return new {spec.Name}(plain);\n    }}\n");
    text.AppendLine("    /// <summary>The same context with a field set; plain C# only.</summary>");
    text.AppendLine("    /// <param name=\"field\">The field's name in C.</param>");
    text.AppendLine("    /// <param name=\"value\">Its value, as the kernel stores it.</param>");
    text.AppendLine($"    public {spec.Name} With(string field, ulong value)\n    {{");
    text.AppendLine($"        Plain.Set(\"{spec.Structure}\", field, value);\n        return this;\n    }}");
    if (packet)
    {
        text.AppendLine("\n    /// <summary>The packet as it is now, copied; plain C# only.</summary>");
        text.AppendLine("    public byte[] ToArray() => Plain.Packet.ToArray();");
    }

    text.AppendLine("}");
    Save($"Contexts/{spec.Name}.g.cs", text);
}

void WriteField(StringBuilder text, ContextSpec spec, ContextStruct structure, ContextField field, bool bound)
{
    string since = $"{field.Since / 100}.{field.Since % 100}";
    string name = FieldName(field.Name);
    if (bound)
    {
        bool first = !field.Name.EndsWith("end", StringComparison.Ordinal);
        text.AppendLine($"    [BpfContextField({field.Offset}, {field.Size}, Space = BpfPointerSpace.{(first ? "Packet" : "PacketEnd")})]");
        text.AppendLine($"    internal ref byte {(first ? "Start" : "End")} => ref Plain.{(first ? "StartByte" : "EndByte")};\n");
        return;
    }

    if (field.Name is "data_meta")
    {
        text.AppendLine($"    [BpfContextField({field.Offset}, {field.Size}, Space = BpfPointerSpace.PacketMeta)]");
        text.AppendLine("    internal ref byte MetaStart => ref Plain.MetaByte;\n");
        return;
    }

    if (field.Name is "skb_data" or "skb_data_end")
    {
        return;
    }

    if (field.Type.EndsWith('*'))
    {
        string target = field.Type switch
        {
            "struct bpf_sock*" => "BpfSocket",
            "struct bpf_flow_keys*" => "FlowKeys",
            _ => "void",
        };
        text.AppendLine($"    /// <summary><c>{field.Name}</c>: a pointer, which may be null (since Linux {since}).</summary>");
        text.AppendLine($"    [BpfContextField({field.Offset}, 8, Space = BpfPointerSpace.{(target == "void" ? "Kernel" : "Memory")})]");
        text.AppendLine($"    public {target}* {name} => ({target}*)Plain.Field<nint>({field.Offset});\n");
        return;
    }

    int bracket = field.Type.IndexOf('[', StringComparison.Ordinal);
    if (bracket > 0)
    {
        string element = Number(field.Type[..bracket].Trim('_'));
        int size = element == "ulong" ? 8 : 4;
        bool arrayWritable = Writable(structure, field.Offset, size);
        text.AppendLine($"    /// <summary>A number of <c>{field.Name}</c>{(field.Name.Contains("ip6", StringComparison.Ordinal) ? ", in network byte order" : "")} (since Linux {since}).</summary>");
        text.AppendLine("    /// <param name=\"index\">Which; a constant.</param>");
        text.AppendLine($"    [BpfContextField({field.Offset}, {size})]");
        text.AppendLine($"    public {element} {name}(int index) => Plain.Field<{element}>({field.Offset} + {size} * index);\n");
        _ = arrayWritable;
        return;
    }

    string type = field.Type switch { "__s32" => "int", "__be16" => "ushort", _ => Number(field.Type.Trim('_')) };
    string kind = (spec.Structure, field.Name) switch
    {
        ("__sk_buff", "protocol") or ("__sk_buff", "vlan_proto") or ("sk_reuseport_md", "eth_protocol") => "ethertype",
        (_, "user_port") or (_, "dst_port") => "port16",
        ("bpf_sk_lookup", "remote_port") => "port16",
        (_, "remote_port") => "port32",
        (_, { } n) when n.EndsWith("_ip4", StringComparison.Ordinal) => "be32",
        _ => "plain",
    };
    bool writable = Writable(structure, field.Offset, field.Size);
    string summary = $"<c>{field.Name}</c> (since Linux {since})";
    string access = $"Plain.Field<{type}>({field.Offset})";
    string attribute = $"    [BpfContextField({field.Offset}, {field.Size})]";
    if (kind == "plain")
    {
        text.AppendLine($"    /// <summary>{summary}.</summary>");
        text.AppendLine(attribute);
        text.AppendLine(writable
            ? $"    public {type} {name}\n    {{\n        get => {access};\n        set => {access} = value;\n    }}\n"
            : $"    public {type} {name} => {access};\n");
        return;
    }

    (string shown, string read, string write, string meaning) = kind switch
    {
        "ethertype" => ("EtherType", $"(EtherType)NetworkOrder.Swap((ushort)Raw{name})", "NetworkOrder.Swap((ushort)value)", "as an EtherType"),
        "port16" => ("ushort", $"NetworkOrder.Swap((ushort)Raw{name})", "NetworkOrder.Swap(value)", "as a port number"),
        "port32" => ("ushort", $"(ushort)NetworkOrder.Swap(Raw{name})", "NetworkOrder.Swap((uint)value)", "as a port number"),
        _ => ("uint", $"NetworkOrder.Swap(Raw{name})", "NetworkOrder.Swap(value)", "as a number: 10.0.0.1 is 0x0A000001"),
    };
    text.AppendLine($"    /// <summary>{summary}, {meaning}.</summary>");
    text.AppendLine(writable
        ? $"    public {shown} {name}\n    {{\n        get => {read};\n        set => Raw{name} = {write};\n    }}\n"
        : $"    public {shown} {name} => {read};\n");
    text.AppendLine(attribute);
    text.AppendLine(writable
        ? $"    private {type} Raw{name}\n    {{\n        get => {access};\n        set => {access} = value;\n    }}\n"
        : $"    private {type} Raw{name} => {access};\n");
}

static bool Writable(ContextStruct structure, int offset, int size) =>
    ContextTable.All.Any(row => ProgramTypeTable.Find(row.Type)?.Context == structure.Name && row.CanWrite(offset, size));

void WriteStruct(string name, string structureName, string purpose)
{
    ContextStruct structure = ContextTable.FindStruct(structureName)!;
    StringBuilder text = Begin("BpfSharp.Hooks.ContextTable");
    text.AppendLine("using System.Runtime.InteropServices;\n");
    text.AppendLine("namespace BpfSharp.Language;\n");
    text.AppendLine($"/// <summary>{purpose} (<c>struct {structureName}</c>).</summary>");
    text.AppendLine($"[StructLayout(LayoutKind.Explicit, Size = {structure.Size})]");
    text.AppendLine($"public struct {name}\n{{");
    bool first = true;
    foreach (ContextField field in structure.Fields)
    {
        if (!first)
        {
            text.AppendLine();
        }

        first = false;
        string since = $"{field.Since / 100}.{field.Since % 100}";
        bool array = field.Type.Contains('[', StringComparison.Ordinal);
        bool big = field.Type.StartsWith("__be", StringComparison.Ordinal) || field.Name.EndsWith("_ip4", StringComparison.Ordinal);
        string type = array ? "IPv6Address" : field.Type switch
        {
            "__be16" => "ushort",
            "__be32" => "uint",
            "__s32" => "int",
            _ => Number(field.Type.Trim('_')),
        };
        text.AppendLine($"    /// <summary><c>{field.Name}</c>{(big ? ", in network byte order" : "")} (since Linux {since}).</summary>");
        text.AppendLine($"    [FieldOffset({field.Offset})]");
        text.AppendLine($"    public {type} {FieldName(field.Name)};");
    }

    text.AppendLine("}");
    Save($"Contexts/{name}.g.cs", text);
}

static StringBuilder Begin(string source) =>
    new($"// <auto-generated>Written by eng/generate/language.cs from {source}. Do not edit.</auto-generated>\n#nullable enable\n");

void Save(string path, StringBuilder text) =>
    File.WriteAllText(Path.Combine(language, path), text.Replace("\r\n", "\n").ToString());

static string Number(string type) => type switch
{
    "u8" => "byte",
    "u16" => "ushort",
    "u32" => "uint",
    "u64" => "ulong",
    "s32" => "int",
    "s64" => "long",
    "long" or "int" => "long",
    _ => throw new InvalidOperationException(type),
};

static string Pascal(string name) =>
    string.Concat(name.Split('_').Where(p => p.Length > 0).Select(p => char.ToUpper(p[0], CultureInfo.InvariantCulture) + p[1..]));

static string FieldName(string name) => name switch
{
    "len" => "Length",
    "pkt_type" => "PacketType",
    "cb" => "ControlBlock",
    "sk" => "Socket",
    "tstamp" => "Timestamp",
    "hwtstamp" => "HardwareTimestamp",
    _ => Pascal(name.Replace("regs.", "", StringComparison.Ordinal))
        .Replace("Ifindex", "IfIndex", StringComparison.Ordinal)
        .Replace("Ip4", "IPv4", StringComparison.Ordinal)
        .Replace("Ip6", "IPv6", StringComparison.Ordinal),
};

static string Camel(string name)
{
    string pascal = Pascal(name);
    string camel = char.ToLowerInvariant(pascal[0]) + pascal[1..];
    return camel is "params" or "from" or "in" or "ref" or "out" or "object" or "lock" ? "@" + camel : camel;
}

static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

static string Root()
{
    string folder = Directory.GetCurrentDirectory();
    while (!File.Exists(Path.Combine(folder, "BpfSharp.slnx")))
    {
        folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("run it inside the repository");
    }

    return folder;
}

internal sealed record ContextSpec(string Name, string Structure, string Purpose, bool HasPacket);
