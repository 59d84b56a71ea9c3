using System.Reflection;
using System.Runtime.CompilerServices;

namespace BpfSharp.Language;

/// <summary>Questions about the target kernel's types, answered at load (CO-RE). As plain C# the declared types answer.</summary>
public static class Core
{
    /// <summary>Whether the target's type has a field.</summary>
    /// <typeparam name="T">A struct marked with <see cref="BtfTypeAttribute"/>.</typeparam>
    /// <param name="field">The field: a constant.</param>
    [BpfIntrinsic(BpfIntrinsicKind.CoreFieldExists)]
    public static bool FieldExists<T>(string field) where T : unmanaged => true;

    /// <summary>Whether the target has the type.</summary>
    /// <typeparam name="T">A struct marked with <see cref="BtfTypeAttribute"/>.</typeparam>
    [BpfIntrinsic(BpfIntrinsicKind.CoreTypeExists)]
    public static bool TypeExists<T>() where T : unmanaged => true;

    /// <summary>Bytes of the target's type.</summary>
    /// <typeparam name="T">A struct marked with <see cref="BtfTypeAttribute"/>.</typeparam>
    [BpfIntrinsic(BpfIntrinsicKind.CoreTypeSize)]
    public static int SizeOf<T>() where T : unmanaged => Unsafe.SizeOf<T>();

    /// <summary>Whether the target's enum has the member.</summary>
    /// <typeparam name="TEnum">An enum marked with <see cref="BtfTypeAttribute"/>.</typeparam>
    /// <param name="member">The member's name: a constant.</param>
    [BpfIntrinsic(BpfIntrinsicKind.CoreEnumExists)]
    public static bool EnumMemberExists<TEnum>(string member) where TEnum : unmanaged, Enum => Enum.TryParse<TEnum>(member, out _);

    /// <summary>The member's value in the target.</summary>
    /// <typeparam name="TEnum">An enum marked with <see cref="BtfTypeAttribute"/>.</typeparam>
    /// <param name="member">The member's name: a constant.</param>
    [BpfIntrinsic(BpfIntrinsicKind.CoreEnumValue)]
    public static long EnumValue<TEnum>(string member) where TEnum : unmanaged, Enum =>
        Convert.ToInt64(Enum.Parse<TEnum>(member), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The kernel's name of a type.</summary>
    /// <typeparam name="T">A struct or enum marked with <see cref="BtfTypeAttribute"/>.</typeparam>
    /// <exception cref="ArgumentException">It is not marked.</exception>
    public static string NameOf<T>() where T : unmanaged =>
        typeof(T).GetCustomAttribute<BtfTypeAttribute>()?.Name
        ?? throw new ArgumentException($"{typeof(T)} is not marked with [BtfType]");
}
