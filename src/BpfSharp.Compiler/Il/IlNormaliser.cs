using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace BpfSharp.Compiler.Il;

/// <summary>Rewrites compiler patterns to what they mean, alike for Debug and Release IL.</summary>
internal static class IlNormaliser
{
    public static void Normalise(AssemblyImage image, List<IlInstruction> il)
    {
        for (int i = 0; i < il.Count; i++)
        {
            if (il[i].Code == ILOpCode.Ldsfld && IsDelegateCache(image, (int)il[i].Operand))
            {
                UncacheDelegate(il, i);
            }
        }
    }

    // ldsfld cache; dup; brtrue L; pop; (ldsfld closure | ldnull); ldftn M; newobj D; dup; stsfld cache; L:
    // becomes ldnull; ldftn M; newobj D. A cache is never read elsewhere, so nothing is lost.
    private static void UncacheDelegate(List<IlInstruction> il, int start)
    {
        ReadOnlySpan<ILOpCode> expected =
        [
            ILOpCode.Dup, ILOpCode.Brtrue, ILOpCode.Pop, ILOpCode.Nop, ILOpCode.Ldftn, ILOpCode.Newobj, ILOpCode.Dup,
            ILOpCode.Stsfld,
        ];
        List<int> places = [start];
        int next = start + 1;
        foreach (ILOpCode code in expected)
        {
            while (next < il.Count && il[next].Code == ILOpCode.Nop)
            {
                next++;
            }

            if (next >= il.Count || (code != ILOpCode.Nop && il[next].Code != code)
                || (code == ILOpCode.Nop && il[next].Code is not (ILOpCode.Ldsfld or ILOpCode.Ldnull)))
            {
                return;
            }

            places.Add(next++);
        }

        for (int k = 0; k < places.Count; k++)
        {
            IlInstruction old = il[places[k]];
            if (k == 4)
            {
                il[places[k]] = old with { Code = ILOpCode.Ldnull };
            }
            else if (k is not (5 or 6))
            {
                il[places[k]] = old with { Code = ILOpCode.Nop };
            }
        }
    }

    private static bool IsDelegateCache(AssemblyImage image, int token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        MetadataReader md = image.Metadata;
        string name = handle.Kind switch
        {
            HandleKind.FieldDefinition => md.GetString(md.GetFieldDefinition((FieldDefinitionHandle)handle).Name),
            HandleKind.MemberReference => md.GetString(md.GetMemberReference((MemberReferenceHandle)handle).Name),
            _ => "",
        };
        return name.StartsWith("<>9__", StringComparison.Ordinal)
            || (name.StartsWith('<') && name.Contains(">__", StringComparison.Ordinal) && !name.Contains("BackingField",
                StringComparison.Ordinal));
    }
}
