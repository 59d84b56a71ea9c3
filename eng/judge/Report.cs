using BpfSharp.Diagnostics;

namespace BpfSharp.Judge;

/// <summary>Confusion matrices: never one rate, always what of the accepted is accepted and what of the rejected is rejected.</summary>
internal static class Report
{
    public static void Write(Row[] rows, TimeSpan wall, string list)
    {
        Table("set", rows.GroupBy(r => r.Program.Set));
        Table("program type", rows.GroupBy(r => r.Program.Spec.Type.ToString()));
        Table("kernel's class", rows.Where(r => !r.Accepts).GroupBy(r => r.Theirs?.Id ?? "?"));
        foreach (IGrouping<string, Row> group in rows.Where(r => r.Verdict is "not-judged" or "crash")
            .GroupBy(r => r.Crash ?? Reason(r.Ours)).OrderByDescending(g => g.Count()).Take(25))
        {
            Console.WriteLine($"  not judged {group.Count(),5}  {group.Key}");
        }

        TimeSpan kernel = Sum(rows, r => r.Program.KernelTime);
        TimeSpan ours = Sum(rows, r => r.Time);
        Console.WriteLine($"CPU time {ours.TotalSeconds:f2} s, kernel's verification time {kernel.TotalSeconds:f2} s, "
            + $"ratio {ours / kernel:f2}, wall {wall.TotalSeconds:f1} s; processed {rows.Sum(r => r.Processed):n0}, "
            + $"kernel {rows.Sum(r => Math.Max(0, r.Program.KernelProcessed)):n0}");
        foreach (Row row in rows.Where(r => Listed(r, list)).OrderByDescending(r => list == "slow" ? r.Time.Ticks : 0)
            .Take(list == "slow" ? 30 : int.MaxValue))
        {
            Console.WriteLine($"{row.Program.Id} [{row.Program.Spec.Type}] kernel {row.Program.Verdict} {row.Theirs?.Id}, "
                + $"ours {row.Verdict} {row.Ours?.Id}"
                + (list == "slow" ? $" {row.Time.TotalMilliseconds:f0} ms, kernel {row.Program.KernelTime.TotalMilliseconds:f0} ms; "
                    + $"{row.Processed} / {row.Program.KernelProcessed} processed" : ""));
            if (row.Crash is not null || row.Ours is not null)
            {
                Console.WriteLine($"    ours:   {row.Crash ?? $"{row.Ours!.Slot}: {row.Ours.Message}"}");
            }

            if (!row.Accepts)
            {
                Console.WriteLine($"    kernel: {row.Theirs?.Slot}: {row.Theirs?.Message}");
            }
        }
    }

    private static bool Listed(Row row, string list) => list switch
    {
        "false-accept" => row.FalseAccept,
        "false-reject" => row.FalseReject,
        "class" => row.Agrees && !row.SameClass,
        "not-judged" => row.Verdict is "not-judged" or "crash",
        "slow" or "all" => true,
        _ => false,
    };

    private static string Reason(Finding? finding) => finding is null ? "no finding" : $"{finding.Id} {finding.Message}";

    private static TimeSpan Sum(Row[] rows, Func<Row, TimeSpan> time) =>
        rows.Aggregate(TimeSpan.Zero, (sum, row) => sum + time(row));

    private static void Table(string what, IEnumerable<IGrouping<string, Row>> groups)
    {
        Console.WriteLine($"{what,-24} {"accepts",8} {"agreed",7} {"%",6} {"rejects",8} {"agreed",7} {"%",6} {"class",6} {"%",6} {"unjudged",8} {"CPU s",7} {"kernel",7}");
        IGrouping<string, Row>[] all = [.. groups.OrderBy(g => g.Key, StringComparer.Ordinal)];
        foreach (IGrouping<string, Row> group in all)
        {
            Line(group.Key, [.. group]);
        }

        Line("all", [.. all.SelectMany(g => g)]);
        Console.WriteLine();
    }

    private static void Line(string name, Row[] rows)
    {
        int accepts = rows.Count(r => r.Accepts);
        int accepted = rows.Count(r => r.Accepts && r.Agrees);
        int rejects = rows.Length - accepts;
        int rejected = rows.Count(r => !r.Accepts && r.Agrees);
        int same = rows.Count(r => !r.Accepts && r.SameClass);
        Console.WriteLine($"{name,-24} {accepts,8} {accepted,7} {Rate(accepted, accepts),6} {rejects,8} {rejected,7} "
            + $"{Rate(rejected, rejects),6} {same,6} {Rate(same, rejects),6} {rows.Count(r => r.Verdict is "not-judged" or "crash"),8} "
            + $"{Sum(rows, r => r.Time).TotalSeconds,7:f2} {Sum(rows, r => r.Program.KernelTime).TotalSeconds,7:f2}");
    }

    private static string Rate(int part, int whole) => whole == 0 ? "-" : $"{100.0 * part / whole:f1}";
}
