using System.Reflection;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Conventions;

/// <summary>Whoever hands the domain a null where its signature has none hears of it at once, and not of another argument.</summary>
public class NullGuardTests
{
    public static TheoryData<Type> PublicTypes =>
    [
        .. typeof(Refusal).Assembly.GetExportedTypes().Where(type =>
            !type.IsInterface && !type.IsEnum && !type.IsAssignableTo(typeof(Exception)) && !type.IsGenericTypeDefinition && Probe.Callables(type).Any(callable => Probe.NotNullable(callable).Any())),
    ];

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void Null_for_an_argument_that_takes_none_is_refused(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var silent =
            from callable in Probe.Callables(type)
            from parameter in Probe.NotNullable(callable)
            let thrown = Probe.CallWithNull(callable, parameter)
            // Text that comes from outside is not an argument to get wrong: parsing refuses a null as it refuses any other rubbish.
            where !IsRefused(callable, parameter, thrown) && (callable.Name != "Parse" || thrown is not FormatException)
            select $"{type.Name} {callable}: {parameter.Name} → {thrown?.Message ?? "accepted"}";

        var found = silent.ToArray();
        Assert.True(found.Length == 0, string.Join(Environment.NewLine, found));
    }

    // Under the argument's own name, or the one it has where it is handed on to.
    private static bool IsRefused(MethodBase callable, ParameterInfo isNull, Exception? thrown) =>
        thrown is ArgumentNullException { ParamName: var name } && (name == isNull.Name || !Array.Exists(callable.GetParameters(), other => other.Name == name));
}
