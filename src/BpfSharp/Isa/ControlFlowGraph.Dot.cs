using System.Globalization;
using System.Text;

namespace BpfSharp.Isa;

public sealed partial class ControlFlowGraph
{
    /// <summary>Writes the graph in Graphviz's DOT language.</summary>
    /// <param name="name">Name of the graph.</param>
    /// <param name="lines">The text of a block, line by line.</param>
    public string ToDot(string name, Func<BasicBlock, IEnumerable<string>> lines)
    {
        StringBuilder text = new();
        text.Append("digraph \"").Append(Escape(name)).AppendLine("\" {");
        text.AppendLine("  node [shape=box, fontname=\"monospace\", fontsize=10];");
        foreach (BasicBlock block in Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"  b{block.Index} [label=\"");
            foreach (string line in lines(block))
            {
                text.Append(Escape(line)).Append("\\l");
            }

            text.AppendLine("\"];");
            if (block.Next >= 0)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  b{block.Index} -> b{block.Next};");
            }

            if (block.Taken >= 0)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  b{block.Index} -> b{block.Taken} [color=blue];");
            }
        }

        return text.AppendLine("}").ToString();
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
