using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

#pragma warning disable IDE0010, IDE0072 // short forms have a case each; every other opcode is described by its operand kind

/// <summary>Decodes IL bytes; short forms become their long ones.</summary>
internal static class IlReader
{
    public static List<IlInstruction> Decode(BlobReader il)
    {
        List<IlInstruction> all = [];
        while (il.RemainingBytes > 0)
        {
            int offset = il.Offset;
            int code = il.ReadByte();
            if (code == 0xfe)
            {
                code = 0xfe00 | il.ReadByte();
            }

            all.Add(ReadOne(ref il, offset, (ILOpCode)code));
        }

        return all;
    }

    private static IlInstruction ReadOne(ref BlobReader il, int offset, ILOpCode code)
    {
        if (code is >= ILOpCode.Ldarg_0 and <= ILOpCode.Ldarg_3)
        {
            return new(offset, ILOpCode.Ldarg, code - ILOpCode.Ldarg_0);
        }

        if (code is >= ILOpCode.Ldloc_0 and <= ILOpCode.Ldloc_3)
        {
            return new(offset, ILOpCode.Ldloc, code - ILOpCode.Ldloc_0);
        }

        if (code is >= ILOpCode.Stloc_0 and <= ILOpCode.Stloc_3)
        {
            return new(offset, ILOpCode.Stloc, code - ILOpCode.Stloc_0);
        }

        if (code is >= ILOpCode.Ldc_i4_m1 and <= ILOpCode.Ldc_i4_8)
        {
            return new(offset, ILOpCode.Ldc_i4, (int)code - (int)ILOpCode.Ldc_i4_0);
        }

        if (code is >= ILOpCode.Br_s and <= ILOpCode.Blt_un_s)
        {
            int distance = il.ReadSByte();
            return new(offset, code - ILOpCode.Br_s + ILOpCode.Br, il.Offset + distance);
        }

        if (code is (>= ILOpCode.Br and <= ILOpCode.Blt_un) or ILOpCode.Leave)
        {
            int distance = il.ReadInt32();
            return new(offset, code, il.Offset + distance);
        }

        switch (code)
        {
            case ILOpCode.Ldarg_s:
                return new(offset, ILOpCode.Ldarg, il.ReadByte());
            case ILOpCode.Ldarga_s:
                return new(offset, ILOpCode.Ldarga, il.ReadByte());
            case ILOpCode.Starg_s:
                return new(offset, ILOpCode.Starg, il.ReadByte());
            case ILOpCode.Ldloc_s:
                return new(offset, ILOpCode.Ldloc, il.ReadByte());
            case ILOpCode.Ldloca_s:
                return new(offset, ILOpCode.Ldloca, il.ReadByte());
            case ILOpCode.Stloc_s:
                return new(offset, ILOpCode.Stloc, il.ReadByte());
            case ILOpCode.Ldarg or ILOpCode.Ldarga or ILOpCode.Starg or ILOpCode.Ldloc or ILOpCode.Ldloca or ILOpCode.Stloc:
                return new(offset, code, il.ReadUInt16());
            case ILOpCode.Ldc_i4_s:
                return new(offset, ILOpCode.Ldc_i4, il.ReadSByte());
            case ILOpCode.Ldc_i4:
                return new(offset, code, il.ReadInt32());
            case ILOpCode.Ldc_i8 or ILOpCode.Ldc_r8:
                return new(offset, code, il.ReadInt64());
            case ILOpCode.Ldc_r4:
                return new(offset, code, il.ReadInt32());
            case ILOpCode.Leave_s:
                int distance = il.ReadSByte();
                return new(offset, ILOpCode.Leave, il.Offset + distance);
            case ILOpCode.Switch:
                int count = il.ReadInt32();
                int[] targets = new int[count];
                for (int i = 0; i < count; i++)
                {
                    targets[i] = il.ReadInt32();
                }

                for (int i = 0; i < count; i++)
                {
                    targets[i] += il.Offset;
                }

                return new(offset, code, 0, targets);
            case ILOpCode.Unaligned:
                return new(offset, code, il.ReadByte());
            case ILOpCode.Jmp or ILOpCode.Call or ILOpCode.Calli or ILOpCode.Callvirt or ILOpCode.Cpobj or ILOpCode.Ldobj
                or ILOpCode.Ldstr or ILOpCode.Newobj or ILOpCode.Castclass or ILOpCode.Isinst or ILOpCode.Unbox
                or ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldsflda
                or ILOpCode.Stsfld or ILOpCode.Stobj or ILOpCode.Box or ILOpCode.Newarr or ILOpCode.Ldelema
                or ILOpCode.Ldelem or ILOpCode.Stelem or ILOpCode.Unbox_any or ILOpCode.Refanyval or ILOpCode.Mkrefany
                or ILOpCode.Ldtoken or ILOpCode.Ldftn or ILOpCode.Ldvirtftn or ILOpCode.Initobj or ILOpCode.Constrained
                or ILOpCode.Sizeof:
                return new(offset, code, il.ReadInt32());
            default:
                return new(offset, code, 0);
        }
    }
}
