using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace BpfSharp.Build;

/// <summary>Finds the classes of an assembly that are eBPF objects, without loading it.</summary>
internal static class ObjectClasses
{
    private const string Namespace = "BpfSharp.Language";
    private const string Attribute = "BpfObjectAttribute";

    /// <summary>Full names as reflection writes them, in the order of the metadata.</summary>
    /// <param name="image">The assembly.</param>
    public static IReadOnlyList<string> Find(PEReader image)
    {
        MetadataReader metadata = image.GetMetadataReader();
        List<string> names = [];
        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
        {
            TypeDefinition type = metadata.GetTypeDefinition(handle);
            if (type.GetCustomAttributes().Any(a => IsObject(metadata, metadata.GetCustomAttribute(a).Constructor)))
            {
                names.Add(FullName(metadata, type));
            }
        }

        return names;
    }

    private static bool IsObject(MetadataReader metadata, EntityHandle constructor)
    {
        EntityHandle owner = constructor.Kind switch
        {
            HandleKind.MemberReference => metadata.GetMemberReference((MemberReferenceHandle)constructor).Parent,
            HandleKind.MethodDefinition => metadata.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType(),
            _ => default,
        };
        return owner.Kind switch
        {
            HandleKind.TypeReference => metadata.GetTypeReference((TypeReferenceHandle)owner) is var reference
                && metadata.StringComparer.Equals(reference.Name, Attribute)
                && metadata.StringComparer.Equals(reference.Namespace, Namespace),
            HandleKind.TypeDefinition => metadata.GetTypeDefinition((TypeDefinitionHandle)owner) is var definition
                && metadata.StringComparer.Equals(definition.Name, Attribute)
                && metadata.StringComparer.Equals(definition.Namespace, Namespace),
            _ => false,
        };
    }

    private static string FullName(MetadataReader metadata, TypeDefinition type)
    {
        string name = metadata.GetString(type.Name);
        if (type.GetDeclaringType() is { IsNil: false } outer)
        {
            return FullName(metadata, metadata.GetTypeDefinition(outer)) + "+" + name;
        }

        string space = metadata.GetString(type.Namespace);
        return space.Length == 0 ? name : space + "." + name;
    }
}
