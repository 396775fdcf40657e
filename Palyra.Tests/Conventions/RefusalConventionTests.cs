using System.Reflection;
using Palyra.Domain.Results;

namespace Palyra.Tests.Conventions;

/// <summary>Rules of the house about refusals that the compiler does not hold, by reflection.</summary>
public class RefusalConventionTests
{
    private static readonly Type[] DomainTypes = typeof(Refusal).Assembly.GetTypes();

    private static readonly Type[] Families =
        [.. DomainTypes.Where(type => type.IsAbstract && type != typeof(Refusal) && type.IsAssignableTo(typeof(Refusal)))];

    [Fact]
    public void EveryFamily_IsClosedAndItsCasesAreNested() => Assert.All(Families, family =>
    {
        Assert.All(
            family.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic),
            constructor => Assert.True(constructor.IsPrivate || IsCopyConstructor(constructor), $"{family} can be extended from outside."));
        Assert.All(
            DomainTypes.Where(type => type.BaseType == family),
            type => Assert.True(type.IsSealed && type.DeclaringType == family, $"{type} must be sealed and nested in {family}."));
    });

    [Fact]
    public void EveryConcreteRefusal_IsSealed() => Assert.All(
        DomainTypes.Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(Refusal))),
        type => Assert.True(type.IsSealed, type.FullName));

    private static bool IsCopyConstructor(ConstructorInfo constructor) =>
        constructor.GetParameters() is [var only] && only.ParameterType == constructor.DeclaringType;
}
