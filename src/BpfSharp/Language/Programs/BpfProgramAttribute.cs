using BpfSharp.Objects;

namespace BpfSharp.Language;

/// <summary>Base of the attributes that make a static method a program.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class BpfProgramAttribute : Attribute
{
    private protected BpfProgramAttribute()
    {
    }

    /// <summary>The program's name in the object; the method's name if not given.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// What the compiled program returns where C# would throw (division by zero, index out of range, <c>checked</c> overflow,
    /// <c>throw</c>): a number or a member of the program's action enum.
    /// </summary>
    public object? OnFault { get; set; }

    /// <summary>Whether hosts load it without being asked.</summary>
    public bool AutoLoad { get; set; } = true;

    /// <summary>Whether it may sleep, where its type allows that.</summary>
    public bool Sleepable { get; set; }

    /// <summary>Load flags, for example <see cref="ProgramFlags.XdpHasFrags"/>.</summary>
    public ProgramFlags Flags { get; set; }

    /// <summary>The ELF section as libbpf spells it, instead of the one the attribute makes.</summary>
    public string? Section { get; set; }
}
