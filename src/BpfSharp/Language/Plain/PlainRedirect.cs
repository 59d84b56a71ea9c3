namespace BpfSharp.Language;

/// <summary>Where the last program run on this thread redirected its packet, as plain C#.</summary>
internal static class PlainRedirect
{
    [ThreadStatic]
    private static uint t_device;

    /// <summary>Index of the device; 0 if none.</summary>
    public static uint Device => t_device;

    /// <summary>Remembers the device.</summary>
    /// <returns>The action a traffic control program returns (7); XDP programs use their own enum.</returns>
    public static long ToDevice(uint device, ulong flags)
    {
        t_device = device;
        return flags > 1 ? (long)TcAction.Drop : (long)TcAction.Redirect;
    }
}
