namespace BpfSharp.Language;

/// <summary>A program's context: what helpers that take any context accept.</summary>
public interface IBpfContext
{
}
