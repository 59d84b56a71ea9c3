namespace BpfSharp.Maps;

/// <summary>What an update may do (the kernel's <c>BPF_ANY</c>, <c>BPF_NOEXIST</c>, <c>BPF_EXIST</c>).</summary>
public enum UpdateMode : ulong
{
    /// <summary>Create or replace.</summary>
    Any = 0,
    /// <summary>Create only; an existing key is refused.</summary>
    NoExist = 1,
    /// <summary>Replace only; an absent key is refused.</summary>
    Exist = 2,
}
