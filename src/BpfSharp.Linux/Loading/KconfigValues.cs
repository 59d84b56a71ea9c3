using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using BpfSharp.Btf;
using BpfSharp.Objects;

namespace BpfSharp.Linux.Loading;

/// <summary>Fills the <c>.kconfig</c> values of an object from the running kernel.</summary>
[SupportedOSPlatform("linux")]
internal static class KconfigValues
{
    private const string Version = "LINUX_KERNEL_VERSION";
    private const string HasCookie = "LINUX_HAS_BPF_COOKIE";
    private const string HasWrapper = "LINUX_HAS_SYSCALL_WRAPPER";

    /// <summary>The contents of the object's <c>.kconfig</c> map.</summary>
    /// <exception cref="KernelException">An option that is not weak is unknown, or does not fit its type.</exception>
    internal static byte[] Fill(BpfObject source, int bytes)
    {
        byte[] contents = new byte[bytes];
        foreach (KconfigSpec option in source.Kconfig)
        {
            Span<byte> place = contents.AsSpan(option.ByteOffset, option.Size);
            switch (option.Name)
            {
                case Version:
                    WriteNumber(option, place, KernelVersion.Current.Code);
                    break;
                case HasCookie:
                    WriteNumber(option, place, KernelVersion.Current.AtLeast(5, 15) ? 1 : 0);
                    break;
                case HasWrapper:
                    WriteNumber(option, place, KernelVersion.Current.AtLeast(4, 17) ? 1 : 0);
                    break;
                default:
                    FillOption(source, option, place);
                    break;
            }
        }

        return contents;
    }

    private static void FillOption(BpfObject source, KconfigSpec option, Span<byte> place)
    {
        string? text = KernelConfig.Current?[option.Name];
        if (text is null)
        {
            if (option.IsWeak)
            {
                return;
            }

            throw KernelException.Missing("BPF5007", $"object '{source.Name}'", KernelConfig.Current is { } config
                    ? $"it needs the kernel option {option.Name}, which {config.Path} does not set"
                    : $"it needs the kernel option {option.Name}, and this kernel's configuration is nowhere to be read",
                "declare it __weak to read 0, or use a kernel with the option (/proc/config.gz or /boot/config-$(uname -r) tells)");
        }

        BtfType? type = option.BtfTypeId > 0 ? source.Btf?.SkipModifiers(option.BtfTypeId) : null;
        if (text.StartsWith('"'))
        {
            byte[] value = Encoding.UTF8.GetBytes(text.Trim('"').Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal));
            value.AsSpan(0, Math.Min(value.Length, Math.Max(0, place.Length - 1))).CopyTo(place);
        }
        else if (text is "y" or "m" or "n")
        {
            // A char holds the letter, an enumeration or number 1 for y and 2 for m, a bool only y or n.
            bool letter = type is { Kind: BtfKind.Int, Size: 1 } && !type.Value.IntEncoding.HasFlag(BtfIntEncoding.Bool);
            WriteNumber(option, place, letter ? text[0] : text == "y" ? 1 : text == "m" ? 2 : 0);
        }
        else
        {
            WriteNumber(option, place, ParseNumber(source, option, text));
        }
    }

    private static long ParseNumber(BpfObject source, KconfigSpec option, string text)
    {
        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return hexadecimal && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits)
            ? (long)bits
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw KernelException.Missing("BPF5007", $"object '{source.Name}'", $"the kernel option {option.Name} is {text}, which is no number");
    }

    private static void WriteNumber(KconfigSpec option, Span<byte> place, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        bytes[..Math.Min(8, option.Size)].CopyTo(place);
    }
}
