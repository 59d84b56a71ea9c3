namespace BpfSharp.Runtime.Maps;

/// <content>Chooses the lookup made for the key size and kind, as a function pointer and as a method for the JIT.</content>
internal unsafe partial class HashMap
{
    private delegate byte* Find(byte* table, byte* key, int cpu);

    private Find ChooseFind() => (Spec.KeySize, _evicts, _isPerCpu) switch
    {
        (4, true, _) => HashLookup.Find<Key4, LruValue>,
        (4, _, true) => HashLookup.Find<Key4, PerCpuValue>,
        (4, _, _) => HashLookup.Find<Key4, SharedValue>,
        (8, true, _) => HashLookup.Find<Key8, LruValue>,
        (8, _, true) => HashLookup.Find<Key8, PerCpuValue>,
        (8, _, _) => HashLookup.Find<Key8, SharedValue>,
        (16, true, _) => HashLookup.Find<Key16, LruValue>,
        (16, _, true) => HashLookup.Find<Key16, PerCpuValue>,
        (16, _, _) => HashLookup.Find<Key16, SharedValue>,
        (_, true, _) => HashLookup.Find<KeyAny, LruValue>,
        (_, _, true) => HashLookup.Find<KeyAny, PerCpuValue>,
        _ => HashLookup.Find<KeyAny, SharedValue>,
    };
}
