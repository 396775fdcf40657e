using System.Reflection;
using System.Runtime.CompilerServices;

namespace Palyra.Tests.Conventions.PublicApi;

/// <summary>Types as C# writes them, with their nullability.</summary>
internal static class TypeText
{
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly Lock Gate = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(double)] = "double",
        [typeof(float)] = "float",
        [typeof(decimal)] = "decimal",
    };

    internal static string Declaration(Type type)
    {
        if (type.IsAssignableTo(typeof(Delegate)))
        {
            return "delegate " + MemberText.Of(type.GetMethod("Invoke")!).Replace("Invoke(", Simple(type) + "(", StringComparison.Ordinal);
        }

        var bases = Bases(type).ToArray();
        return $"{Kind(type)} {Simple(type)}{(bases.Length > 0 ? " : " + string.Join(", ", bases) : "")}";
    }

    internal static string Simple(Type type)
    {
        var outer = type.IsNested && !type.IsGenericParameter ? Simple(type.DeclaringType!) + "." : "";
        var arguments = type.GetGenericArguments();
        return outer + type.Name.Split('`')[0] + (arguments.Length > 0 && type.Name.Contains('`', StringComparison.Ordinal) ? $"<{string.Join(", ", arguments.Select(argument => Name(argument)))}>" : "");
    }

    internal static string Name(FieldInfo field) => Locked(() => Name(field.FieldType, Nullability.Create(field)));

    internal static string Name(PropertyInfo property) => Locked(() => Name(property.PropertyType, Nullability.Create(property)));

    internal static string Name(EventInfo @event) => Locked(() => Name(@event.EventHandlerType!, Nullability.Create(@event)));

    internal static string Name(ParameterInfo parameter) => Locked(() => Name(parameter.ParameterType, Nullability.Create(parameter)));

    private static string Name(Type type, NullabilityInfo? nullability = null)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!, nullability);
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        var mark = !type.IsValueType && nullability is { ReadState: NullabilityState.Nullable } or { WriteState: NullabilityState.Nullable } && !type.IsValueType ? "?" : "";
        if (type.IsArray)
        {
            return Name(type.GetElementType()!, nullability?.ElementType) + "[]" + mark;
        }

        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword + mark;
        }

        if (!type.IsGenericType)
        {
            return (type.IsNested && !type.IsGenericParameter ? Name(type.DeclaringType!) + "." : "") + type.Name + mark;
        }

        var arguments = type.GetGenericArguments();
        var names = arguments.Select((argument, at) => Name(argument, nullability is { } known && at < known.GenericTypeArguments.Length ? known.GenericTypeArguments[at] : null));
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", names)}>{mark}";
    }

    private static string Kind(Type type)
    {
        var record = type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null ? "record " : "";
        return type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}{record}struct"
            : $"{(type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "")}{(record.Length > 0 ? "record" : "class")}";
    }

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            yield break;
        }

        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
        {
            yield return Name(parent);
        }

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var own = type.GetInterfaces().Except(inherited).Where(face => face.IsVisible && face != typeof(IEquatable<>).MakeGenericType(type)).Select(face => Name(face));
        foreach (var face in own.Order(StringComparer.Ordinal))
        {
            yield return face;
        }
    }

    /// <summary>The context that reads nullability is not made for two threads.</summary>
    private static string Locked(Func<string> read)
    {
        lock (Gate)
        {
            return read();
        }
    }
}
