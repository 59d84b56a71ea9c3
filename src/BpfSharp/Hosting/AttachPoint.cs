namespace BpfSharp.Hosting;

/// <summary>Where to attach a program: a value, made by attributes, code and the command line alike.</summary>
/// <remarks>Each hook derives a record, for example <c>Xdp("veth0")</c> or <c>Tracepoint("sched", "sched_switch")</c>.</remarks>
public abstract record AttachPoint;
