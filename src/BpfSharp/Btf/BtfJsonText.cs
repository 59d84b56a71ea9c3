using System.Text.Json;

namespace BpfSharp.Btf;

/// <summary>Writes types as JSON: an array of one object per type, with the kind's own fields.</summary>
public static class BtfJsonText
{
    /// <summary>Writes all of a set's own types.</summary>
    /// <param name="btf">The set.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">The types are damaged.</exception>
    public static void Write(BtfFile btf, Utf8JsonWriter output)
    {
        ArgumentNullException.ThrowIfNull(btf);
        Write(btf, Enumerable.Range(btf.FirstId, btf.Count - btf.FirstId), output);
    }

    /// <summary>Writes some types.</summary>
    /// <param name="btf">The set.</param>
    /// <param name="ids">The types.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="Diagnostics.ObjectFormatException">The types are damaged.</exception>
    public static void Write(BtfFile btf, IEnumerable<int> ids, Utf8JsonWriter output)
    {
        ArgumentNullException.ThrowIfNull(btf);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(output);
        output.WriteStartArray();
        foreach (int id in ids)
        {
            output.WriteStartObject();
            output.WriteNumber("id", id);
            WriteType(btf, btf[id], output);
            output.WriteEndObject();
        }

        output.WriteEndArray();
    }

    private static void WriteType(BtfFile btf, BtfType type, Utf8JsonWriter output)
    {
        output.WriteString("kind", type.Kind.ToString());
        if (type.Name.Length > 0)
        {
            output.WriteString("name", type.Name);
        }

        switch (type.Kind)
        {
            case BtfKind.Int:
                output.WriteNumber("size", type.Size);
                output.WriteNumber("bits", type.IntBits);
                output.WriteString("encoding", type.IntEncoding.ToString());
                break;
            case BtfKind.Array:
                output.WriteNumber("type", type.TypeId);
                output.WriteNumber("indexType", type.IndexTypeId);
                output.WriteNumber("count", type.ElementCount);
                break;
            case BtfKind.Struct:
            case BtfKind.Union:
                output.WriteNumber("size", type.Size);
                output.WriteStartArray("members");
                foreach (BtfMember member in type.Members)
                {
                    output.WriteStartObject();
                    output.WriteString("name", member.Name);
                    output.WriteNumber("type", member.TypeId);
                    output.WriteNumber("bitOffset", member.BitOffset);
                    if (member.BitfieldSize > 0)
                    {
                        output.WriteNumber("bits", member.BitfieldSize);
                    }

                    output.WriteEndObject();
                }

                output.WriteEndArray();
                break;
            case BtfKind.Enum:
            case BtfKind.Enum64:
                output.WriteNumber("size", type.Size);
                output.WriteBoolean("signed", type.KindFlag);
                output.WriteStartArray("values");
                foreach (BtfEnumerator value in type.Enumerators)
                {
                    output.WriteStartObject();
                    output.WriteString("name", value.Name);
                    if (type.KindFlag)
                    {
                        output.WriteNumber("value", value.Value);
                    }
                    else
                    {
                        output.WriteNumber("value", (ulong)value.Value);
                    }

                    output.WriteEndObject();
                }

                output.WriteEndArray();
                break;
            case BtfKind.FunctionPrototype:
                output.WriteNumber("returnType", type.TypeId);
                output.WriteStartArray("parameters");
                foreach (BtfParameter parameter in type.Parameters)
                {
                    output.WriteStartObject();
                    output.WriteString("name", parameter.Name);
                    output.WriteNumber("type", parameter.TypeId);
                    output.WriteEndObject();
                }

                output.WriteEndArray();
                break;
            case BtfKind.DataSection:
                output.WriteNumber("size", type.Size);
                output.WriteStartArray("variables");
                foreach (BtfSectionVariable variable in type.Variables)
                {
                    output.WriteStartObject();
                    output.WriteNumber("type", variable.TypeId);
                    output.WriteString("name", btf[variable.TypeId].Name);
                    output.WriteNumber("offset", variable.ByteOffset);
                    output.WriteNumber("size", variable.Size);
                    output.WriteEndObject();
                }

                output.WriteEndArray();
                break;
            case BtfKind.Function:
            case BtfKind.Variable:
                output.WriteNumber("type", type.TypeId);
                output.WriteString("linkage", type.Linkage.ToString());
                break;
            case BtfKind.DeclarationTag:
                output.WriteNumber("type", type.TypeId);
                output.WriteNumber("component", type.ComponentIndex);
                break;
            case BtfKind.Forward:
                output.WriteString("of", type.KindFlag ? "union" : "struct");
                break;
            case BtfKind.Float:
                output.WriteNumber("size", type.Size);
                break;
            case BtfKind.Pointer:
            case BtfKind.Typedef:
            case BtfKind.Volatile:
            case BtfKind.Const:
            case BtfKind.Restrict:
            case BtfKind.TypeTag:
                output.WriteNumber("type", type.TypeId);
                break;
            case BtfKind.Void:
            default:
                break;
        }
    }
}
