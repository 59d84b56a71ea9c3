using System.Globalization;
using BpfSharp.Compiler.Il;
using BpfSharp.Hooks;
using BpfSharp.Language;
using BpfSharp.Objects;

namespace BpfSharp.Compiler.Front;

/// <summary>What kind of program a method is, from its attribute and the attribute's own.</summary>
internal sealed record ProgramKind
{
    public required ProgramType Type { get; init; }

    public required string Section { get; init; }

    public AttachType? Attach { get; init; }

    public string? Target { get; init; }

    public string? Name { get; init; }

    public bool TypedParameters { get; init; }

    public bool DirectKernelReads { get; init; }

    public long Fault { get; init; }

    public ProgramFlags Flags { get; init; }

    public bool AutoLoad { get; init; } = true;

    /// <summary>The kind of a method; <see langword="null"/> if it is no program.</summary>
    public static ProgramKind? Of(IlMethod method)
    {
        foreach (AttributeData attribute in method.Attributes)
        {
            if (attribute.Type?.FindAttribute(nameof(BpfProgramKindAttribute)) is not { } kind)
            {
                continue;
            }

            string section = attribute.Named("Section") as string ?? Fill(kind.Text(1) ?? "", attribute);
            string target = Fill(kind.Named("Target") as string ?? "", attribute);
            long attach = kind.Integer("Attach", -1);
            ProgramFlags flags = (ProgramFlags)(kind.Integer("Flags", 0) | attribute.Integer("Flags", 0));
            if (attribute.Integer("Sleepable", 0) != 0)
            {
                flags |= ProgramFlags.Sleepable;
            }

            return new ProgramKind
            {
                Type = (ProgramType)kind.Integer(0),
                Section = section,
                Attach = attach < 0 ? null : (AttachType)attach,
                Target = target.Length == 0 ? null : target,
                Name = attribute.Named("Name") as string,
                TypedParameters = kind.Integer("TypedParameters", 0) != 0,
                DirectKernelReads = kind.Integer("DirectKernelReads", 0) != 0,
                Fault = attribute.Integer("OnFault", kind.Integer("DefaultFault", 0)),
                Flags = flags,
                AutoLoad = attribute.Integer("AutoLoad", 1) != 0,
            };
        }

        return null;
    }

    private static string Fill(string format, AttributeData attribute)
    {
        for (int i = 0; i < attribute.Arguments.Length; i++)
        {
            string place = "{" + i.ToString(CultureInfo.InvariantCulture) + "}";
            if (format.Contains(place, StringComparison.Ordinal))
            {
                object? value = attribute.Arguments[i].Value;
                IlType type = attribute.Arguments[i].Type;
                string text = type.Kind == IlKind.Enum && value is not null
                    ? type.Definition!.EnumMembers.FirstOrDefault(m => m.Value == AttributeData.ToInteger(value)).Name ?? ""
                    : System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
                format = format.Replace(place, type.Kind == IlKind.Enum ? text.ToLowerInvariant() : text, StringComparison.Ordinal);
            }
        }

        return format;
    }
}
