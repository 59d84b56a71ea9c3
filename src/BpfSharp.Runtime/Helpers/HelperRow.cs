namespace BpfSharp.Runtime.Helpers;

/// <summary>One helper that runs in process.</summary>
/// <param name="Id">Its number (the kernel's <c>enum bpf_func_id</c>).</param>
/// <param name="Name">Its name without <c>bpf_</c>.</param>
/// <param name="Body">What it does; a static method.</param>
/// <param name="Arguments">
/// What checked mode tests of r1 to r5; shorter than five means anything for the rest. Only kernel functions and a test's own helpers say
/// it here: for helpers it is read off the table (<see cref="HelperDemands"/>).
/// </param>
internal sealed record HelperRow(int Id, string Name, HelperBody Body, params HelperArgument[] Arguments);
