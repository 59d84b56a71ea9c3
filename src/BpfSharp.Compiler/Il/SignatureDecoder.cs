using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace BpfSharp.Compiler.Il;

/// <summary>What type and method parameters stand for; open ones stay parameters.</summary>
internal readonly record struct GenericContext(ImmutableArray<IlType> TypeArguments, ImmutableArray<IlType> MethodArguments)
{
    public static GenericContext Open => new([], []);
}

/// <summary>Turns signatures into closed types.</summary>
internal sealed class SignatureDecoder(AssemblyImage image) : ISignatureTypeProvider<IlType, GenericContext>
{
    private TypeTable Table => image.Universe.Types;

    public IlType GetPrimitiveType(PrimitiveTypeCode typeCode) => Table.Primitive(typeCode);

    public IlType GetArrayType(IlType elementType, ArrayShape shape) => Table.Array(elementType);

    public IlType GetSZArrayType(IlType elementType) => Table.Array(elementType);

    public IlType GetByReferenceType(IlType elementType) => Table.ByRef(elementType);

    public IlType GetPointerType(IlType elementType) => Table.Pointer(elementType);

    public IlType GetPinnedType(IlType elementType) => elementType;

    public IlType GetModifiedType(IlType modifier, IlType unmodifiedType, bool isRequired) => unmodifiedType;

    public IlType GetFunctionPointerType(MethodSignature<IlType> signature) =>
        Table.FunctionPointer(signature.ReturnType, signature.ParameterTypes);

    public IlType GetGenericTypeParameter(GenericContext genericContext, int index) =>
        index < genericContext.TypeArguments.Length ? genericContext.TypeArguments[index] : Table.TypeParameter(index);

    public IlType GetGenericMethodParameter(GenericContext genericContext, int index) =>
        index < genericContext.MethodArguments.Length ? genericContext.MethodArguments[index] : Table.MethodParameter(index);

    public IlType GetGenericInstantiation(IlType genericType, ImmutableArray<IlType> typeArguments) =>
        genericType.Definition is null ? genericType : Table.Instance(genericType.Definition, typeArguments);

    public IlType GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
        Table.Instance(image.GetType(handle), []);

    public IlType GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeDef? definition = image.Universe.Resolve(image, handle);
        if (definition is not null)
        {
            return Table.Instance(definition, []);
        }

        TypeReference reference = reader.GetTypeReference(handle);
        return Table.Missing(
            reader.GetString(reference.Namespace) + "." + reader.GetString(reference.Name),
            rawTypeKind == (byte)SignatureTypeKind.ValueType);
    }

    public IlType GetTypeFromSpecification(
        MetadataReader reader, GenericContext genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    /// <summary>The type a definition, reference or specification token names.</summary>
    public IlType GetType(EntityHandle handle, GenericContext context)
    {
        MetadataReader md = image.Metadata;
        return handle.Kind switch
        {
            HandleKind.TypeDefinition => GetTypeFromDefinition(md, (TypeDefinitionHandle)handle, 0),
            HandleKind.TypeReference => GetTypeFromReference(md, (TypeReferenceHandle)handle, 0),
            HandleKind.TypeSpecification => GetTypeFromSpecification(md, context, (TypeSpecificationHandle)handle, 0),
            _ => throw new BadImageFormatException($"token kind {handle.Kind} is no type"),
        };
    }
}
