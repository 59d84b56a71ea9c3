using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace BpfSharp.Compiler.Il;

/// <summary>Finds what the tokens in a method's IL name.</summary>
internal static class MemberResolver
{
    public static IlType Type(AssemblyImage image, int token, GenericContext context) =>
        new SignatureDecoder(image).GetType(MetadataTokens.EntityHandle(token), context);

    /// <summary>The field of a token; <see langword="null"/> if its type has none of that name.</summary>
    public static IlField? Field(AssemblyImage image, int token, GenericContext context)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        MetadataReader md = image.Metadata;
        if (handle.Kind == HandleKind.FieldDefinition)
        {
            FieldDefinitionHandle definition = (FieldDefinitionHandle)handle;
            TypeDef owner = image.GetType(md.GetFieldDefinition(definition).GetDeclaringType());
            return new IlField(image.Universe.Types.Instance(owner, SelfArguments(owner, context)), definition);
        }

        MemberReference reference = md.GetMemberReference((MemberReferenceHandle)handle);
        IlType parent = new SignatureDecoder(image).GetType(reference.Parent, context);
        string name = md.GetString(reference.Name);
        if (parent.Definition is null)
        {
            return null;
        }

        foreach (FieldDefinitionHandle candidate in parent.Definition.Row.GetFields())
        {
            MetadataReader other = parent.Definition.Image.Metadata;
            if (other.StringComparer.Equals(other.GetFieldDefinition(candidate).Name, name))
            {
                return new IlField(parent, candidate);
            }
        }

        return null;
    }

    /// <summary>The method of a token; <see langword="null"/> if it is in no assembly that can be found.</summary>
    public static IlMethod? Method(AssemblyImage image, int token, GenericContext context)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        MetadataReader md = image.Metadata;
        ImmutableArray<IlType> arguments = [];
        if (handle.Kind == HandleKind.MethodSpecification)
        {
            MethodSpecification specification = md.GetMethodSpecification((MethodSpecificationHandle)handle);
            arguments = specification.DecodeSignature(new SignatureDecoder(image), context);
            handle = specification.Method;
        }

        if (handle.Kind == HandleKind.MethodDefinition)
        {
            MethodDefinitionHandle definition = (MethodDefinitionHandle)handle;
            TypeDef owner = image.GetType(md.GetMethodDefinition(definition).GetDeclaringType());
            return new IlMethod(image.Universe.Types.Instance(owner, SelfArguments(owner, context)), definition, arguments);
        }

        MemberReference reference = md.GetMemberReference((MemberReferenceHandle)handle);
        if (reference.Parent.Kind == HandleKind.MethodDefinition)
        {
            return null; // a vararg call site
        }

        IlType parent = new SignatureDecoder(image).GetType(reference.Parent, context);
        string name = md.GetString(reference.Name);
        MethodSignature<IlType> wanted = reference.DecodeMethodSignature(new SignatureDecoder(image), GenericContext.Open);
        return Find(parent, name, wanted, arguments);
    }

    /// <summary>Name of a method reference, for messages about what cannot be found.</summary>
    public static string Describe(AssemblyImage image, int token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        MetadataReader md = image.Metadata;
        if (handle.Kind == HandleKind.MethodSpecification)
        {
            handle = md.GetMethodSpecification((MethodSpecificationHandle)handle).Method;
        }

        if (handle.Kind != HandleKind.MemberReference)
        {
            return $"token 0x{token:x}";
        }

        MemberReference reference = md.GetMemberReference((MemberReferenceHandle)handle);
        string owner = reference.Parent.Kind is HandleKind.TypeReference or HandleKind.TypeSpecification
            or HandleKind.TypeDefinition
            ? new SignatureDecoder(image).GetType(reference.Parent, GenericContext.Open).Name + "."
            : "";
        return owner + md.GetString(reference.Name);
    }

    public static IlMethod? Find(
        IlType parent, string name, MethodSignature<IlType>? wanted, ImmutableArray<IlType> arguments)
    {
        for (IlType? type = parent; type?.Definition is not null; type = BaseOf(type))
        {
            MetadataReader md = type.Definition.Image.Metadata;
            foreach (MethodDefinitionHandle candidate in type.Definition.Row.GetMethods())
            {
                MethodDefinition row = md.GetMethodDefinition(candidate);
                if (!md.StringComparer.Equals(row.Name, name))
                {
                    continue;
                }

                if (wanted is { } signature)
                {
                    MethodSignature<IlType> open = row.DecodeSignature(
                        new SignatureDecoder(type.Definition.Image), GenericContext.Open);
                    if (!Matches(open, signature))
                    {
                        continue;
                    }
                }

                return new IlMethod(type, candidate, arguments);
            }
        }

        return null;
    }

    /// <summary>What a constrained call of an interface (or object) method means for a closed type.</summary>
    public static IlMethod? Implementation(IlType type, IlMethod declared)
    {
        if (type.Definition is null)
        {
            return null;
        }

        MetadataReader md = type.Definition.Image.Metadata;
        foreach (MethodImplementationHandle handle in type.Definition.Row.GetMethodImplementations())
        {
            MethodImplementation row = md.GetMethodImplementation(handle);
            IlMethod? declaration = Method(
                type.Definition.Image, MetadataTokens.GetToken(row.MethodDeclaration), new GenericContext(type.Arguments, []));
            if (declaration is not null && declaration.Handle == declared.Handle
                && ReferenceEquals(declaration.Owner, declared.Owner)
                && row.MethodBody.Kind == HandleKind.MethodDefinition)
            {
                return new IlMethod(type, (MethodDefinitionHandle)row.MethodBody, declared.Arguments);
            }
        }

        foreach (MethodDefinitionHandle candidate in type.Definition.Row.GetMethods())
        {
            MethodDefinition row = md.GetMethodDefinition(candidate);
            if (!md.StringComparer.Equals(row.Name, declared.Name)
                || row.GetGenericParameters().Count != declared.Arguments.Length)
            {
                continue;
            }

            IlMethod method = new(type, candidate, declared.Arguments);
            if (method.Parameters.SequenceEqual(declared.Parameters) && ReferenceEquals(method.ReturnType, declared.ReturnType))
            {
                return method;
            }
        }

        return declared.Body is not null && declared.Owner.Definition is { } owner
            && (owner.Row.Attributes & TypeAttributes.Interface) != 0 ? declared : null;
    }

    private static IlType? BaseOf(IlType type)
    {
        EntityHandle parent = type.Definition!.Row.BaseType;
        return parent.IsNil
            ? null
            : new SignatureDecoder(type.Definition.Image).GetType(parent, new GenericContext(type.Arguments, []));
    }

    private static bool Matches(MethodSignature<IlType> a, MethodSignature<IlType> b) =>
        a.ParameterTypes.Length == b.ParameterTypes.Length
        && a.GenericParameterCount == b.GenericParameterCount
        && a.Header.IsInstance == b.Header.IsInstance
        && ReferenceEquals(a.ReturnType, b.ReturnType)
        && a.ParameterTypes.SequenceEqual(b.ParameterTypes);

    // A definition token inside a generic type means the type with its own arguments.
    private static ImmutableArray<IlType> SelfArguments(TypeDef owner, GenericContext context)
    {
        int count = owner.Row.GetGenericParameters().Count;
        return count == 0 ? [] : [.. context.TypeArguments.Take(count)];
    }
}
