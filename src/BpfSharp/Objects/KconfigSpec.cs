namespace BpfSharp.Objects;

/// <summary>A kernel configuration value an object asks for.</summary>
/// <param name="Name">For example <c>CONFIG_HZ</c> or <c>LINUX_KERNEL_VERSION</c>.</param>
/// <param name="ByteOffset">Where it stands in the <c>.kconfig</c> map's value.</param>
/// <param name="Size">Bytes of it.</param>
/// <param name="BtfTypeId">Its type in the object's BTF.</param>
/// <param name="IsWeak">Whether an absent one is 0 instead of a refusal.</param>
public sealed record KconfigSpec(string Name, int ByteOffset, int Size, int BtfTypeId, bool IsWeak);
