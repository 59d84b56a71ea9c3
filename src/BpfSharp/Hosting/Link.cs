namespace BpfSharp.Hosting;

/// <summary>An attachment. Disposing detaches, unless it was pinned.</summary>
public abstract class Link : IDisposable
{
    /// <summary>Where the program is attached.</summary>
    public abstract AttachPoint Point { get; }

    /// <summary>Detaches.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the attachment.</summary>
    /// <param name="disposing">Always <see langword="true"/> here: hosts release native things through handles.</param>
    protected abstract void Dispose(bool disposing);
}
