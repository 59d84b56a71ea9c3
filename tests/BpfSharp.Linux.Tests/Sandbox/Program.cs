namespace BpfSharp.Linux.Tests.Sandbox;

/// <summary>The test executable: the test runner, or tests inside their own namespaces.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args.Length > 0 && args[0] == Sandboxed.Switch)
        {
            return Sandboxed.RunInside(args[1..]);
        }

        if (args is [SharedSandbox.Switch])
        {
            return SharedSandbox.Serve();
        }

        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
