using System.Reflection;
using System.Text;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using Palyra.Host.CommandLine;

namespace Palyra.Tests.Conventions.ReasonCodes;

/// <summary>Prints every refusal with its code and the gRPC status it becomes, and the codes of tool calls, worker events, the proxy and the host.</summary>
internal static class ReasonCodeIndex
{
    /// <summary>Codes that two refusals share since they are one and the same to a caller.</summary>
    internal static readonly string[] SharedOnPurpose = ["replay_detected: StaleTimestamp, NonceSeen"];

    internal static string Markdown()
    {
        var text = new StringBuilder("# Reason codes\n\n");
        text.Append("Made from the code: `PALYRA_APPROVE=1 dotnet test --filter ReasonCodeTests`. A code is never renamed; where a call is refused by a status, the\n");
        text.Append("status message is `code: detail`. The status stands for the refusal when it ends a call; an answer with `accepted = false` carries the code alone.\n");
        foreach (var family in Refusals().GroupBy(Family).OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            text.Append($"\n## {family.Key}\n\n| code | status | says |\n| --- | --- | --- |\n");
            foreach (var refusal in family.DistinctBy(refusal => refusal.Code).OrderBy(refusal => refusal.Code, StringComparer.Ordinal))
            {
                text.Append($"| `{refusal.Code}` | {Upper(RefusalStatus.Of(refusal).ToString())} | {refusal.Detail} |\n");
            }
        }

        Constants(text, "Tool calls that ended", typeof(ExecutionReason));
        Constants(text, "Worker events", typeof(WorkerReason));
        Constants(text, "Egress proxy", typeof(ProxyReason));
        Constants(text, "Admin API and command line, besides the refusals they pass on", typeof(HostReason));
        return text.ToString();
    }

    /// <summary>One of every kind of refusal that there is.</summary>
    internal static IEnumerable<Refusal> Refusals() =>
        from assembly in new[] { typeof(Refusal).Assembly, typeof(RefusalStatus).Assembly }
        from type in assembly.GetTypes()
        where !type.IsAbstract && type.IsAssignableTo(typeof(Refusal)) && type.DeclaringType is not null && type.Name != "CallEnded"
        select Make(type);

    private static Refusal Make(Type type)
    {
        var constructor = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .First(candidate => candidate.GetParameters() is not [var only] || only.ParameterType != type);
        return (Refusal)constructor.Invoke([.. constructor.GetParameters().Select(Argument)]);
    }

    private static object? Argument(ParameterInfo parameter) =>
        parameter.HasDefaultValue && parameter.DefaultValue is { } given ? given
        : parameter.ParameterType == typeof(string) ? "…"
        : parameter.ParameterType.IsEnum ? Enum.GetValues(parameter.ParameterType).GetValue(Enum.GetValues(parameter.ParameterType).Length - 1)
        : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
        : null;

    private static string Family(Refusal refusal) => refusal.GetType().DeclaringType!.Name;

    private static void Constants(StringBuilder text, string title, Type type)
    {
        text.Append($"\n## {title}\n\n");
        var codes = type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.IsLiteral && field.FieldType == typeof(string)).Select(field => $"`{field.GetRawConstantValue()}`");
        text.Append(string.Join(", ", codes.Order(StringComparer.Ordinal))).Append('\n');
    }

    private static string Upper(string status) =>
        string.Concat(status.Select((character, at) => at > 0 && char.IsUpper(character) ? $"_{character}" : $"{char.ToUpperInvariant(character)}"));
}
