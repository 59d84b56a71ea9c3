using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Reflection.Metadata;
using BpfSharp.Compiler.Il;

namespace BpfSharp.Compiler.Front;

#pragma warning disable IDE0010, IDE0072 // the set of opcodes is open: what has no case makes the value unknown

internal abstract record StaticValue;

internal sealed record StaticNumber(long Value) : StaticValue;

internal sealed record StaticText(string Text) : StaticValue;

internal sealed record StaticArray(byte[] Bytes, IlType Element) : StaticValue;

internal sealed record StaticStruct(byte[] Bytes, IlType Type) : StaticValue;

/// <summary>An object built by a constructor: a map declaration, for one.</summary>
internal sealed record StaticObject(IlMethod Constructor, ImmutableArray<StaticValue> Arguments) : StaticValue
{
    public Dictionary<string, StaticValue> Properties { get; } = new(StringComparer.OrdinalIgnoreCase);
}

internal sealed record StaticAddress(byte[] Bytes, int Offset, IlType Type) : StaticValue;

internal sealed record StaticField(IlField Field) : StaticValue;

internal sealed record StaticUnknown : StaticValue;

/// <summary>Reads type initialisers: evaluates their IL as far as it is straight and made of constants; never runs them.</summary>
internal sealed class StaticEvaluator
{
    private readonly Dictionary<IlType, Dictionary<FieldDefinitionHandle, StaticValue>> _types = [];
    private readonly HashSet<byte[]> _poisoned = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<IlType> _incomplete = [];

    public StaticValue? Find(IlField field)
    {
        if (!_types.TryGetValue(field.Owner, out Dictionary<FieldDefinitionHandle, StaticValue>? values))
        {
            _types[field.Owner] = values = [];
            IlMethod? initialiser = MemberResolver.Find(field.Owner, ".cctor", null, []);
            if (initialiser?.Body is { } body && ReferenceEquals(initialiser.Owner, field.Owner))
            {
                if (!new Run(this, values, initialiser.Context).Evaluate(body, []))
                {
                    _incomplete.Add(field.Owner);
                }
            }
        }

        return values.GetValueOrDefault(field.Handle) switch
        {
            StaticUnknown => null,
            StaticStruct s when _poisoned.Contains(s.Bytes) => null,
            StaticArray a when _poisoned.Contains(a.Bytes) => null,
            null when !_incomplete.Contains(field.Owner) && !values.ContainsKey(field.Handle) && !field.Type.IsStruct
                && field.Type.Kind is not (IlKind.Class or IlKind.Array) => new StaticNumber(0),
            null when !_incomplete.Contains(field.Owner) && !values.ContainsKey(field.Handle) && field.Type.IsStruct =>
                new StaticStruct(new byte[field.Type.Size], field.Type),
            { } value => value,
            null => null,
        };
    }

    private sealed class Run(
        StaticEvaluator evaluator, Dictionary<FieldDefinitionHandle, StaticValue> statics, GenericContext context)
    {
        private readonly Stack<StaticValue> _stack = new();
        private StaticValue[] _arguments = [];
        private StaticValue?[] _locals = [];
        private static readonly StaticUnknown s_unknown = new();

        /// <returns>False if it stopped before the end.</returns>
        public bool Evaluate(IlBody body, StaticValue[] arguments)
        {
            _arguments = arguments;
            _locals = new StaticValue?[body.Locals.Length];
            foreach (IlInstruction il in body.Instructions)
            {
                if (il.Code == ILOpCode.Ret)
                {
                    return true;
                }

                if (!Step(body, il))
                {
                    return false;
                }
            }

            return true;
        }

        private StaticValue Pop() => _stack.Count > 0 ? _stack.Pop() : s_unknown;

        // False where evaluation must stop: control flow, or an instruction whose stack effect is not known here.
        private bool Step(IlBody body, IlInstruction il)
        {
            AssemblyImage image = body.Method.Image;
            int token = (int)il.Operand;
            switch (il.Code)
            {
                case ILOpCode.Nop or ILOpCode.Volatile or ILOpCode.Readonly:
                    return true;
                case ILOpCode.Ldc_i4 or ILOpCode.Ldc_i8:
                    _stack.Push(new StaticNumber(il.Operand));
                    return true;
                case ILOpCode.Ldc_r4 or ILOpCode.Ldc_r8 or ILOpCode.Ldnull:
                    _stack.Push(s_unknown);
                    return true;
                case ILOpCode.Ldstr:
                    _stack.Push(new StaticText(image.Metadata.GetUserString(
                        System.Reflection.Metadata.Ecma335.MetadataTokens.UserStringHandle(token & 0xffffff))));
                    return true;
                case ILOpCode.Dup:
                    StaticValue top = Pop();
                    _stack.Push(top);
                    _stack.Push(top);
                    return true;
                case ILOpCode.Pop:
                    Pop();
                    return true;
                case ILOpCode.Ldarg:
                    _stack.Push(_arguments.Length > il.Operand ? _arguments[il.Operand] : s_unknown);
                    return true;
                case ILOpCode.Ldloc:
                    _stack.Push(_locals[il.Operand] is { } local ? Copy(local) : s_unknown);
                    return true;
                case ILOpCode.Stloc:
                    _locals[il.Operand] = Pop();
                    return true;
                case ILOpCode.Ldloca:
                    {
                        if (_locals[il.Operand] is StaticArray span)
                        {
                            // A span over initial data: its members are called by address.
                            _stack.Push(span);
                            return true;
                        }

                        IlType type = body.Locals[(int)il.Operand];
                        StaticStruct memory = _locals[il.Operand] as StaticStruct ?? new StaticStruct(new byte[type.Size], type);
                        _locals[il.Operand] = memory;
                        _stack.Push(new StaticAddress(memory.Bytes, 0, type));
                        return true;
                    }

                case ILOpCode.Initobj:
                    if (Pop() is StaticAddress cleared)
                    {
                        cleared.Bytes.AsSpan(cleared.Offset, cleared.Type.Size).Clear();
                    }

                    return true;
                case ILOpCode.Add or ILOpCode.Sub or ILOpCode.Mul or ILOpCode.Or or ILOpCode.And or ILOpCode.Xor
                    or ILOpCode.Shl or ILOpCode.Shr or ILOpCode.Shr_un:
                    Arithmetic(il.Code);
                    return true;
                case (>= ILOpCode.Conv_i1 and <= ILOpCode.Conv_u8) or ILOpCode.Conv_u2 or ILOpCode.Conv_u1 or ILOpCode.Conv_i
                    or ILOpCode.Conv_u:
                    _stack.Push(Pop() is StaticNumber n ? new StaticNumber(Narrow(n.Value, il.Code)) : s_unknown);
                    return true;
                case ILOpCode.Neg or ILOpCode.Not:
                    _stack.Push(Pop() is StaticNumber m ? new StaticNumber(il.Code == ILOpCode.Neg ? -m.Value : ~m.Value) : s_unknown);
                    return true;
                case ILOpCode.Newarr:
                    {
                        IlType element = MemberResolver.Type(image, token, context);
                        _stack.Push(Pop() is StaticNumber { Value: >= 0 and < 1 << 20 } count && element.Layout.Trouble is null
                            ? new StaticArray(new byte[count.Value * element.Size], element)
                            : s_unknown);
                        return true;
                    }

                case ILOpCode.Ldtoken:
                    _stack.Push(System.Reflection.Metadata.Ecma335.MetadataTokens.EntityHandle(token).Kind == HandleKind.FieldDefinition
                        ? new StaticField(MemberResolver.Field(image, token, context)!)
                        : s_unknown);
                    return true;
                case ILOpCode.Stelem or ILOpCode.Stelem_i1 or ILOpCode.Stelem_i2 or ILOpCode.Stelem_i4 or ILOpCode.Stelem_i8
                    or ILOpCode.Stelem_i or ILOpCode.Stelem_ref:
                    {
                        StaticValue value = Pop();
                        StaticValue index = Pop();
                        if (Pop() is StaticArray array && index is StaticNumber at)
                        {
                            Write(array.Bytes, (int)at.Value * array.Element.Size, array.Element.Size, value);
                        }

                        return true;
                    }

                case ILOpCode.Ldsfld:
                    {
                        IlField? field = MemberResolver.Field(image, token, context);
                        _stack.Push(field is null ? s_unknown
                            : statics.GetValueOrDefault(field.Handle)
                                ?? (field.Owner.Definition is not null && !ReferenceEquals(field.Owner, body.Method.Owner)
                                    && field.IsReadOnly ? evaluator.Find(field) : null) ?? s_unknown);
                        return true;
                    }

                case ILOpCode.Stsfld:
                    {
                        StaticValue value = Pop();
                        IlField? field = MemberResolver.Field(image, token, context);
                        if (field is not null)
                        {
                            statics[field.Handle] = value;
                        }

                        return true;
                    }

                case ILOpCode.Ldsflda:
                    {
                        IlField? field = MemberResolver.Field(image, token, context);
                        if (field?.Owner.Definition is not null
                            && (field.Row.Attributes & System.Reflection.FieldAttributes.HasFieldRVA) != 0)
                        {
                            _stack.Push(new StaticField(field));
                            return true;
                        }

                        if (field is null || !field.Type.IsStruct || field.Type.Layout.Trouble is not null)
                        {
                            _stack.Push(s_unknown);
                            return true;
                        }

                        StaticStruct memory = statics.GetValueOrDefault(field.Handle) as StaticStruct
                            ?? new StaticStruct(new byte[field.Type.Size], field.Type);
                        statics[field.Handle] = memory;
                        _stack.Push(new StaticAddress(memory.Bytes, 0, field.Type));
                        return true;
                    }

                case ILOpCode.Stfld:
                    {
                        StaticValue value = Pop();
                        IlField? field = MemberResolver.Field(image, token, context);
                        if (Pop() is StaticAddress owner && field is not null)
                        {
                            Write(owner.Bytes, owner.Offset + field.Offset, field.Type.Size, value);
                        }

                        return true;
                    }

                case ILOpCode.Ldflda:
                    {
                        IlField? field = MemberResolver.Field(image, token, context);
                        _stack.Push(Pop() is StaticAddress owner && field is not null
                            ? new StaticAddress(owner.Bytes, owner.Offset + field.Offset, field.Type) : s_unknown);
                        return true;
                    }

                case ILOpCode.Newobj or ILOpCode.Call or ILOpCode.Callvirt:
                    return Invoke(image, il.Code, token);
                case ILOpCode.Ldftn:
                    _stack.Push(s_unknown);
                    return true;
                default:
                    return false;
            }
        }

        private bool Invoke(AssemblyImage image, ILOpCode code, int token)
        {
            IlMethod? method = MemberResolver.Method(image, token, context);
            if (method is null)
            {
                return false;
            }

            bool isNew = code == ILOpCode.Newobj;
            int count = isNew ? method.Parameters.Length : method.AllParameters.Length;
            StaticValue[] arguments = new StaticValue[count];
            for (int i = count - 1; i >= 0; i--)
            {
                arguments[i] = Pop();
            }

            if (method.Name == "InitializeArray" && arguments[0] is StaticArray array && arguments[1] is StaticField data)
            {
                data.Field.Owner.Definition!.Image.GetFieldData(
                    data.Field.Row.GetRelativeVirtualAddress(), array.Bytes.Length).CopyTo(array.Bytes, 0);
                return true;
            }

            if (isNew && method.Owner.DefinitionName == "System.ReadOnlySpan`1"
                && arguments is [StaticField initial, StaticNumber { Value: >= 0 and < 1 << 20 } length])
            {
                IlType element = method.Owner.Arguments[0];
                _stack.Push(new StaticArray([.. initial.Field.Owner.Definition!.Image.GetFieldData(
                    initial.Field.Row.GetRelativeVirtualAddress(), (int)length.Value * element.Size)], element));
                return true;
            }

            if (method.Name == "ToArray" && arguments is [StaticArray copied])
            {
                _stack.Push(copied with { Bytes = [.. copied.Bytes] });
                return true;
            }

            if (isNew)
            {
                if (method.Owner.IsStruct && !method.Owner.IsConstantDeclaration && method.Owner.Layout.Trouble is null)
                {
                    StaticStruct value = new(new byte[method.Owner.Size], method.Owner);
                    Construct(method, value.Bytes, 0, arguments);
                    _stack.Push(value);
                }
                else
                {
                    _stack.Push(new StaticObject(method, [.. arguments]));
                }

                return true;
            }

            if (method.Name.StartsWith("set_", StringComparison.Ordinal) && arguments[0] is StaticObject target)
            {
                target.Properties[method.Name[4..]] = arguments[^1];
            }
            else if (method.Name == ".ctor" && arguments[0] is StaticAddress address && method.Owner.IsStruct)
            {
                Construct(method, address.Bytes, address.Offset, arguments[1..]);
            }

            if (method.ReturnType.Kind != IlKind.Void)
            {
                _stack.Push(s_unknown);
            }

            return true;
        }

        private void Construct(IlMethod constructor, byte[] bytes, int offset, StaticValue[] arguments)
        {
            if (constructor.Body is not { } body || !new Run(evaluator, [], constructor.Context).Evaluate(
                body, [new StaticAddress(bytes, offset, constructor.Owner), .. arguments]))
            {
                evaluator._poisoned.Add(bytes);
            }
        }

        private static StaticValue Copy(StaticValue value) =>
            value is StaticStruct s ? new StaticStruct((byte[])s.Bytes.Clone(), s.Type) : value;

        private void Arithmetic(ILOpCode code)
        {
            StaticValue right = Pop();
            StaticValue left = Pop();
            if (left is not StaticNumber a || right is not StaticNumber b)
            {
                _stack.Push(s_unknown);
                return;
            }

            _stack.Push(new StaticNumber(code switch
            {
                ILOpCode.Add => a.Value + b.Value,
                ILOpCode.Sub => a.Value - b.Value,
                ILOpCode.Mul => a.Value * b.Value,
                ILOpCode.Or => a.Value | b.Value,
                ILOpCode.And => a.Value & b.Value,
                ILOpCode.Xor => a.Value ^ b.Value,
                ILOpCode.Shl => a.Value << (int)b.Value,
                ILOpCode.Shr => a.Value >> (int)b.Value,
                _ => (long)((ulong)a.Value >> (int)b.Value),
            }));
        }

        private static long Narrow(long value, ILOpCode code) => code switch
        {
            ILOpCode.Conv_i1 => (sbyte)value,
            ILOpCode.Conv_u1 => (byte)value,
            ILOpCode.Conv_i2 => (short)value,
            ILOpCode.Conv_u2 => (ushort)value,
            ILOpCode.Conv_i4 => (int)value,
            ILOpCode.Conv_u4 => (uint)value,
            _ => value,
        };

        private void Write(byte[] bytes, int offset, int size, StaticValue value)
        {
            if (value is StaticStruct s)
            {
                s.Bytes.CopyTo(bytes, offset);
                return;
            }

            if (value is not StaticNumber)
            {
                evaluator._poisoned.Add(bytes);
            }

            Span<byte> whole = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(whole, value is StaticNumber n ? n.Value : 0);
            whole[..Math.Min(size, 8)].CopyTo(bytes.AsSpan(offset));
        }
    }
}
