using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using BpfSharp.TestSupport;

namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>
/// Runs a test in a process of its own, inside its own network and mount namespace, with its own bpffs, tracefs and
/// cgroup: network namespaces are per thread, and a test runner's threads are not ours to move.
/// </summary>
internal static class Sandboxed
{
    internal const string Switch = "--sandbox";

    internal const int SkipCode = 77;

    private static bool s_inside;

    /// <summary>Inside a sandbox: the test that runs and its arguments, as <see cref="RunInside"/> takes them.</summary>
    internal static string[] Running { get; private set; } = [];

    /// <summary>In the test runner: starts this same test in its sandbox and reports how it ended. Inside: runs the body.</summary>
    /// <param name="body">The test.</param>
    /// <param name="arguments">The test's arguments, for theories: strings and numbers.</param>
    /// <param name="test">The test method's name.</param>
    internal static void Run(Action<SandboxScope> body, object[]? arguments = null, [CallerMemberName] string test = "")
    {
        if (s_inside)
        {
            using SandboxScope scope = new();
            body(scope);
            scope.CheckNothingIsLeft();
            return;
        }

        KernelSupport.RequireBpf();
        Type type = body.Method.DeclaringType!;
        while (type.DeclaringType is { } outer && type.Name.StartsWith('<'))
        {
            type = outer;
        }

        string[] wanted = [type.FullName!, test, .. (arguments ?? []).Select(a => string.Create(CultureInfo.InvariantCulture, $"{a}"))];
        (int code, string output) = SharedSandbox.IsWanted ? SharedSandbox.Run(wanted) : (-1, "");
        if (code is not (0 or SkipCode))
        {
            (code, output) = RunAlone(wanted);
        }

        Assert.SkipWhen(code == SkipCode, output.Trim());
        Assert.True(code == 0, output);
    }

    /// <summary>Inside the sandbox: runs one test method.</summary>
    internal static int RunInside(string[] args)
    {
        s_inside = true;
        Running = args;
        try
        {
            Type type = Assembly.GetExecutingAssembly().GetType(args[0], throwOnError: true)!;
            MethodInfo method = type.GetMethod(args[1])!;
            object?[] values = [.. method.GetParameters().Zip(args[2..], (p, text) =>
                p.ParameterType.IsEnum ? Enum.Parse(p.ParameterType, text) : Convert.ChangeType(text, p.ParameterType, CultureInfo.InvariantCulture))];
            object? instance = method.IsStatic ? null : Activator.CreateInstance(type);
            object? result = method.Invoke(instance, BindingFlags.DoNotWrapExceptions, null, values, null);
            (result as Task)?.GetAwaiter().GetResult();
            (instance as IDisposable)?.Dispose();
            return 0;
        }
        catch (Exception e) when (e.Message.StartsWith("$XunitDynamicSkip$", StringComparison.Ordinal))
        {
            Console.WriteLine(e.Message["$XunitDynamicSkip$".Length..]);
            return SkipCode;
        }
#pragma warning disable CA1031 // whatever the test throws is its failure
        catch (Exception e)
        {
            Console.WriteLine(e);
            return 1;
        }
#pragma warning restore CA1031
    }

    /// <summary>Inside a sandbox: this same test in a second process of the same namespaces, which sees <see cref="IsSecond"/>.</summary>
    internal static Process StartSecond()
    {
        List<string> command = Command([Switch, .. Running]);
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true };
        start.Environment[SandboxScope.SecondProcess] = "1";
        return Process.Start(start)!;
    }

    /// <summary>Whether this is the second process of a test.</summary>
    internal static bool IsSecond => Environment.GetEnvironmentVariable(SandboxScope.SecondProcess) is not null;

    /// <summary>How this executable is started.</summary>
    /// <param name="args">Its arguments.</param>
    internal static List<string> Command(params ReadOnlySpan<string> args)
    {
        string self = Environment.ProcessPath!;
        List<string> command = [self];
        if (Path.GetFileNameWithoutExtension(self) == "dotnet")
        {
            command.Add(Assembly.GetExecutingAssembly().Location);
        }

        command.AddRange(args);
        return command;
    }

    private static (int Code, string Output) RunAlone(string[] args)
    {
        ProcessStartInfo start = new("unshare", ["-m", "-n", .. Command([Switch, .. args])])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // The runner's own settings do not concern the child, and it is short-lived: quick start before peak speed.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TieredCompilation"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
