using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Palyra.Tests.Conventions.PublicApi;

/// <summary>One member as a line of C#.</summary>
internal static class MemberText
{
    internal static string Of(FieldInfo field)
    {
        var kind = field.IsLiteral ? "const" : field.IsStatic ? "static readonly" : "readonly";
        var value = field.IsLiteral ? $" = {Literal(field.GetRawConstantValue())}" : "";
        return $"{Access(field.IsPublic)}{kind} {TypeText.Name(field)} {field.Name}{value}";
    }

    internal static string Of(ConstructorInfo constructor) => $"{Access(constructor.IsPublic)}{TypeText.Simple(constructor.DeclaringType!)}({Parameters(constructor)})";

    internal static string Of(PropertyInfo property)
    {
        var setter = property.SetMethod is not { } set || !(set.IsPublic || set.IsFamily) ? ""
            : set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
        var getter = property.GetMethod is null ? "" : " get;";
        var first = (property.GetMethod ?? property.SetMethod)!;
        var index = property.GetIndexParameters().Length > 0 ? $"[{string.Join(", ", property.GetIndexParameters().Select(Parameter))}]" : "";
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        return $"{Access(first.IsPublic)}{Modifiers(first)}{required}{TypeText.Name(property)} {property.Name}{index} {{{getter}{setter} }}";
    }

    internal static string Of(EventInfo @event) => $"{Modifiers(@event.AddMethod!)}event {TypeText.Name(@event)} {@event.Name}";

    internal static string Of(MethodInfo method)
    {
        var generics = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        return $"{Access(method.IsPublic)}{Modifiers(method)}{TypeText.Name(method.ReturnParameter)} {method.Name}{generics}({Parameters(method)})";
    }

    private static string Access(bool isPublic) => isPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) =>
        method.IsStatic ? "static "
        : method.DeclaringType!.IsInterface ? method.IsAbstract ? "" : "default "
        : method.GetBaseDefinition() != method ? "override "
        : method.IsAbstract ? "abstract "
        : method is { IsVirtual: true, IsFinal: false } && !method.DeclaringType.IsSealed ? "virtual "
        : "";

    private static string Parameters(MethodBase method)
    {
        var extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return extension + string.Join(", ", method.GetParameters().Select(Parameter));
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var direction = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        var otherwise = parameter.HasDefaultValue ? $" = {Literal(parameter.RawDefaultValue)}" : "";
        return $"{direction}{TypeText.Name(parameter)} {parameter.Name}{otherwise}";
    }

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
