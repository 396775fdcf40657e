using System.Reflection;
using Palyra.Domain.Results;

namespace Palyra.Tests.Conventions;

/// <summary>What keeps the core pure and its zero values safe, by reflection.</summary>
public class DomainConventionTests
{
    private static readonly Assembly Domain = typeof(Refusal).Assembly;

    [Fact]
    public void Domain_ReferencesOnlyTheRuntime() => Assert.All(
        Domain.GetReferencedAssemblies(),
        name => Assert.StartsWith("System.", name.Name, StringComparison.Ordinal));

    [Fact]
    public void NoPublicMember_AnswersWithATask() => Assert.All(
        Domain.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public)),
        method => Assert.False(method.ReturnType.IsAssignableTo(typeof(Task)), $"{method.DeclaringType}.{method.Name}"));

    [Fact]
    public void EveryDecider_IsStatic() => Assert.All(
        Domain.GetTypes().Where(type => type.Name.EndsWith("Decider", StringComparison.Ordinal)),
        type => Assert.True(type.IsAbstract && type.IsSealed, $"{type} must be a static class."));

    [Fact]
    public void NoDomainType_CarriesSerialisationAttributes() => Assert.All(
        Domain.GetTypes().SelectMany(type => type.GetMembers().SelectMany(member => member.CustomAttributes)),
        attribute => Assert.DoesNotContain("Json", attribute.AttributeType.Name, StringComparison.Ordinal));
}
