namespace BpfSharp.Runtime.Hosting;

/// <summary>When programs run with every access, argument and step checked.</summary>
public enum Checking : byte
{
    /// <summary>Programs the verifier accepts run unchecked, others checked.</summary>
    UnlessVerified,
    /// <summary>Always, and nothing is verified.</summary>
    Always,
    /// <summary>Never: what the verifier does not accept is refused at load.</summary>
    RequireVerified,
}
