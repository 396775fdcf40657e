using System.Reflection;
using System.Text;

namespace Palyra.Tests.Conventions.PublicApi;

/// <summary>Prints the public face of an assembly: types in order of their names, members in order of their text.</summary>
internal static class PublicApiText
{
    internal static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var space in assembly.GetExportedTypes().Where(type => !IsGeneratedWire(type)).GroupBy(type => type.Namespace!).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append("namespace ").Append(space.Key).Append('\n');
            foreach (var type in space.OrderBy(type => type.FullName, StringComparer.Ordinal))
            {
                text.Append("\n  ").Append(TypeText.Declaration(type)).Append('\n');
                foreach (var line in Members(type).Order(StringComparer.Ordinal))
                {
                    text.Append("    ").Append(line).Append('\n');
                }
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>Generated from the .proto files, whose own text is what is promised.</summary>
    private static bool IsGeneratedWire(Type type) => type.Namespace!.StartsWith("Palyra.Adapters.Grpc.Wire.", StringComparison.Ordinal);

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(name => $"{Convert.ToInt64(Enum.Parse(type, name), null),3} {name}");
        }

        if (type.IsAssignableTo(typeof(Delegate)))
        {
            return [];
        }

        const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        return type.GetMembers(Declared).Select(Line).OfType<string>();
    }

    private static string? Line(MemberInfo member) => member switch
    {
        _ when member.Name.StartsWith('<') => null,
        FieldInfo field when IsOffered(field) => MemberText.Of(field),
        ConstructorInfo constructor when IsOffered(constructor) && !IsCopy(constructor) => MemberText.Of(constructor),
        PropertyInfo property when property.Name != "EqualityContract" && IsOffered(property.GetMethod ?? property.SetMethod!) => MemberText.Of(property),
        EventInfo @event when IsOffered(@event.AddMethod!) => MemberText.Of(@event),
        MethodInfo method when IsOffered(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) && !IsRecordPlumbing(method) => MemberText.Of(method),
        _ => null,
    };

    private static bool IsOffered(MethodBase method) => method.IsPublic || (method.IsFamily && !method.DeclaringType!.IsSealed);

    private static bool IsOffered(FieldInfo field) => field.IsPublic || (field.IsFamily && !field.DeclaringType!.IsSealed);

    private static bool IsCopy(ConstructorInfo constructor) => constructor.GetParameters() is [var only] && only.ParameterType == constructor.DeclaringType;

    private static bool IsRecordPlumbing(MethodInfo method) => method.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute));
}
