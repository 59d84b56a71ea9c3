using System.Text;
using BpfSharp.Isa;
using BpfSharp.Objects;

namespace BpfSharp.Tests.Objects;

/// <summary>An object as text: what the golden files of the tests hold.</summary>
internal static class ObjectText
{
    internal static string Describe(BpfObject source)
    {
        StringBuilder text = new();
        text.Append($"license '{source.License}' version {source.KernelVersion:x}{(source.IsBigEndian ? " big-endian" : "")}\n");
        foreach (MapSpec map in source.Maps)
        {
            Append(text, "map", map);
        }

        foreach (ExternSpec external in source.Externs)
        {
            text.Append($"extern {external.Name} {external.Kind}{(external.IsWeak ? " weak" : "")}");
            text.Append(external.BtfTypeId != 0 ? $" {source.Btf![external.BtfTypeId].Kind}\n" : "\n");
        }

        foreach (GlobalVariable global in source.Globals)
        {
            text.Append($"global {global.Name} {global.Map.Name}+{global.ByteOffset} {global.Size} bytes");
            text.Append($" {Convert.ToHexStringLower(global.InitialBytes[..Math.Min(global.Size, 16)])}\n");
        }

        foreach (KconfigSpec value in source.Kconfig)
        {
            text.Append($"kconfig {value.Name} +{value.ByteOffset} {value.Size} bytes{(value.IsWeak ? " weak" : "")}\n");
        }

        foreach (ProgramSpec program in source.Programs)
        {
            Append(text, program);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string label, MapSpec map)
    {
        text.Append($"{label} {map.Name} {map.Type} key {map.KeySize} value {map.ValueSize} entries {map.MaxEntries}");
        text.Append(map.Flags != 0 ? $" flags {map.Flags}" : "").Append(map.Role != MapRole.User ? $" {map.Role}" : "");
        text.Append(map.Extra != 0 ? $" extra {map.Extra}" : "").Append(map.NumaNode != 0 ? $" numa {map.NumaNode}" : "");
        text.Append(map.Pinning != 0 ? $" pinning {map.Pinning} {map.PinPath}" : "").Append(map.AutoCreate ? "" : " optional");
        text.Append(map.InitialData.Length > 0
            ? $" data {Convert.ToHexStringLower(map.InitialData.AsSpan(0, Math.Min(32, map.InitialData.Length)))}" : "");
        text.Append('\n');
        foreach (MapSlot slot in map.InitialSlots)
        {
            text.Append($"    [{slot.Index}] = {slot.Target}\n");
        }

        foreach (StructOpsMember member in map.StructOpsPrograms)
        {
            text.Append($"    .{member.Member} (+{member.ByteOffset}) = {member.Program}\n");
        }

        foreach (DataAddress address in map.InitialAddresses)
        {
            text.Append($"    +{address.ByteOffset} = &{address.Target}+{address.TargetByteOffset}\n");
        }

        if (map.InnerMap is not null)
        {
            Append(text, "    inner", map.InnerMap);
        }
    }

    private static void Append(StringBuilder text, ProgramSpec program)
    {
        text.Append($"program {program.Name} section {program.Section} type {program.Type} attach {program.AttachType}");
        text.Append(program.AttachTarget is null ? "" : $" target {program.AttachTarget}");
        text.Append(program.Flags != 0 ? $" flags {program.Flags}" : "").Append(program.AutoLoad ? "\n" : " optional\n");
        Dictionary<int, Subprogram> starts = program.Subprograms.ToDictionary(s => s.StartSlot);
        ILookup<int, CoreRelocation> relocations = program.CoreRelocations.ToLookup(r => r.Slot);
        Instruction[] code = [.. program.Instructions];
        for (int slot = 0; slot < code.Length; slot++)
        {
            if (starts.TryGetValue(slot, out Subprogram? function))
            {
                text.Append($"  {function.Name}:{(function.IsGlobal ? " global" : "")}\n");
            }

            text.Append($"    {slot}: {Disassembler.Format(code, slot)}");
            foreach (CoreRelocation relocation in relocations[slot])
            {
                text.Append($" ; {relocation.Kind} {relocation.AccessPath}");
            }

            text.Append('\n');
            if (DecodedInstruction.Decode(code, slot).Slots == 2)
            {
                slot++;
            }
        }

        text.Append($"  {program.Lines.Length} lines\n");
    }
}
