namespace BpfSharp.Compiler.Tests.Library;

/// <summary>One member of the library.</summary>
internal sealed record LibraryMember(int Number, string Type, string Member, string Signature, string Code)
{
    /// <summary>The class with the program that uses it.</summary>
    public string Class => $"M{Number}";

    /// <summary>The class as C#.</summary>
    public string Source => $$"""
        [BpfObject]
        static class {{Class}}
        {
            [Xdp(OnFault = 77)]
            static uint Run(XdpContext ctx)
            {
                Packet packet = ctx.Packet;
                if (!packet.TryRead(out Numbers n)) return 5;
                ulong r = Compute(n.A, n.B, n.C);
                return (uint)(r ^ (r >> 32));
            }

            static unsafe ulong Compute(ulong a, ulong b, ulong c)
            {
                {{Code}}
            }
        }

        """;
}
