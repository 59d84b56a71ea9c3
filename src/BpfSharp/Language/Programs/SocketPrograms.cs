using BpfSharp.Hooks;

namespace BpfSharp.Language;

/// <summary>Runs at events of TCP connections in a cgroup.</summary>
[BpfProgramKind(ProgramType.SockOps, "sockops", Attach = (int)AttachType.CgroupSockOps)]
public sealed class SockOpsAttribute : BpfProgramAttribute;

/// <summary>Judges what is sent on a socket of a sockmap.</summary>
[BpfProgramKind(ProgramType.SkMsg, "sk_msg", Attach = (int)AttachType.SkMsgVerdict)]
public sealed class SkMessageAttribute : BpfProgramAttribute;

/// <summary>Finds message borders in the stream of a sockmap's socket.</summary>
[BpfProgramKind(ProgramType.SkSkb, "sk_skb/stream_parser", Attach = (int)AttachType.SkSkbStreamParser)]
public sealed class SkSkbParserAttribute : BpfProgramAttribute;

/// <summary>Judges parsed messages of a sockmap's socket.</summary>
[BpfProgramKind(ProgramType.SkSkb, "sk_skb/stream_verdict", Attach = (int)AttachType.SkSkbStreamVerdict)]
public sealed class SkSkbStreamVerdictAttribute : BpfProgramAttribute;

/// <summary>Judges data received on a sockmap's socket, without a parser.</summary>
[BpfProgramKind(ProgramType.SkSkb, "sk_skb/verdict", Attach = (int)AttachType.SkSkbVerdict)]
public sealed class SkSkbVerdictAttribute : BpfProgramAttribute;

/// <summary>Chooses the socket of an incoming connection in a network namespace.</summary>
[BpfProgramKind(ProgramType.SkLookup, "sk_lookup", Attach = (int)AttachType.SkLookup)]
public sealed class SkLookupAttribute : BpfProgramAttribute;

/// <summary>Chooses the socket within a reuseport group.</summary>
[BpfProgramKind(ProgramType.SkReuseport, "sk_reuseport", Attach = (int)AttachType.SkReuseportSelectOrMigrate)]
public sealed class SkReuseportAttribute : BpfProgramAttribute;
