using System.Globalization;
using System.Security;
using System.Text;

namespace BpfSharp.Isa;

public sealed partial class ControlFlowGraph
{
    private const int CharacterWidth = 7;
    private const int LineHeight = 15;
    private const int Gap = 40;

    /// <summary>Draws the graph as an SVG picture: blocks in layers by their distance from the entry, jumps blue, back edges dashed.</summary>
    /// <param name="name">Title of the picture.</param>
    /// <param name="lines">The text of a block, line by line.</param>
    public string ToSvg(string name, Func<BasicBlock, IEnumerable<string>> lines)
    {
        List<string>[] texts = [.. Blocks.Select(b => lines(b).ToList())];
        int[] layers = AssignLayers();
        (int X, int Y, int Width, int Height)[] boxes = Place(layers, texts, out int width, out int height);
        StringBuilder svg = new();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="monospace" font-size="11">""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<title>{SecurityElement.Escape(name)}</title>");
        svg.AppendLine("""<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>""");
        svg.AppendLine("""<rect width="100%" height="100%" fill="white"/>""");
        foreach (BasicBlock block in Blocks)
        {
            Connect(svg, boxes, layers, block.Index, block.Next, "black");
            Connect(svg, boxes, layers, block.Index, block.Taken, "blue");
        }

        foreach (BasicBlock block in Blocks)
        {
            (int x, int y, int w, int h) = boxes[block.Index];
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="#f6f8fa" stroke="#57606a"/>""");
            for (int i = 0; i < texts[block.Index].Count; i++)
            {
                svg.AppendLine(CultureInfo.InvariantCulture,
                    $"""<text x="{x + 6}" y="{y + ((i + 1) * LineHeight)}" xml:space="preserve">{SecurityElement.Escape(texts[block.Index][i])}</text>""");
            }
        }

        return svg.AppendLine("</svg>").ToString();
    }

    // Longest distance from an entry over forward edges: slots only grow along them, so one pass in slot order is enough.
    private int[] AssignLayers()
    {
        int[] layers = new int[Blocks.Length];
        foreach (BasicBlock block in Blocks)
        {
            foreach (int successor in (ReadOnlySpan<int>)[block.Next, block.Taken])
            {
                if (successor > block.Index)
                {
                    layers[successor] = Math.Max(layers[successor], layers[block.Index] + 1);
                }
            }
        }

        return layers;
    }

    private static (int X, int Y, int Width, int Height)[] Place(int[] layers, List<string>[] texts, out int width, out int height)
    {
        var boxes = new (int X, int Y, int Width, int Height)[layers.Length];
        int layerCount = layers.Length == 0 ? 0 : layers.Max() + 1;
        int[] rowHeight = new int[layerCount];
        int[] rowWidth = new int[layerCount];
        for (int i = 0; i < layers.Length; i++)
        {
            int w = 12 + (CharacterWidth * texts[i].Select(t => t.Length).DefaultIfEmpty(4).Max());
            int h = 8 + (LineHeight * Math.Max(1, texts[i].Count));
            boxes[i] = (rowWidth[layers[i]], 0, w, h);
            rowWidth[layers[i]] += w + Gap;
            rowHeight[layers[i]] = Math.Max(rowHeight[layers[i]], h);
        }

        width = (layerCount == 0 ? 0 : rowWidth.Max()) + Gap;
        int[] top = new int[layerCount + 1];
        top[0] = Gap / 2;
        for (int layer = 0; layer < layerCount; layer++)
        {
            top[layer + 1] = top[layer] + rowHeight[layer] + Gap;
        }

        for (int i = 0; i < layers.Length; i++)
        {
            int centred = boxes[i].X + Gap + ((width - Gap - rowWidth[layers[i]]) / 2);
            boxes[i] = (centred, top[layers[i]], boxes[i].Width, boxes[i].Height);
        }

        height = top[layerCount] + (Gap / 2);
        return boxes;
    }

    private static void Connect(
        StringBuilder svg, (int X, int Y, int Width, int Height)[] boxes, int[] layers, int from, int to, string colour)
    {
        if (to < 0)
        {
            return;
        }

        (int x, int y, int w, int h) = boxes[from];
        (int tx, int ty, int tw, int th) = boxes[to];
        bool back = layers[to] <= layers[from];
        string path = back
            ? string.Create(CultureInfo.InvariantCulture, $"M{x + w},{y + h - 8} C{x + w + Gap},{y + h} {tx + tw + Gap},{ty} {tx + tw},{ty + (th / 2)}")
            : string.Create(CultureInfo.InvariantCulture, $"M{x + (w / 2)},{y + h} C{x + (w / 2)},{y + h + (Gap / 2)} {tx + (tw / 2)},{ty - (Gap / 2)} {tx + (tw / 2)},{ty}");
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<path d="{path}" fill="none" stroke="{colour}"{(back ? " stroke-dasharray=\"4 3\"" : "")} marker-end="url(#a)"/>""");
    }
}
