using System.Collections;
using System.Reflection;
using Palyra.Domain.Fleet;

namespace Palyra.Tests.Mutation;

/// <summary>The switch that Stryker compiles into what it mutates.</summary>
internal static class MutantSwitch
{
    private const BindingFlags Everywhere = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Type? Control = Array.Find(typeof(WorkerFleet).Assembly.GetTypes(), type => type.Name == "MutantControl");

    /// <summary>Whether the domain holds mutants.</summary>
    internal static bool Exists => Control is not null;

    /// <summary>Lets one mutant live.</summary>
    internal static void TurnOn(int mutant) => Set("ActiveMutant", mutant);

    /// <summary>Lets none live.</summary>
    internal static void TurnOff() => Set("ActiveMutant", -1);

    /// <summary>Notes from now on which mutants are come by.</summary>
    internal static void BeginCoverage()
    {
        Set("CaptureCoverage", true);
        Call("ResetCoverage");
    }

    /// <summary>The mutants come by since the last <see cref="BeginCoverage"/>.</summary>
    internal static int[] EndCoverage() => [.. ((IEnumerable)Call("GetCoverageData")!).Cast<IList>().First().Cast<int>().Distinct()];

    private static void Set(string field, object value) => Control!.GetField(field, Everywhere)!.SetValue(null, value);

    private static object? Call(string method) => Control!.GetMethod(method, Everywhere)!.Invoke(null, null);
}
