using System.Text.Json;
using Palyra.Domain.Egress;

namespace Palyra.Host.Egress;

/// <summary>Writes verdicts: {seq, allowed, reason_code, host?, port?, request_fingerprint_sha256?, message}.</summary>
internal static class VerdictJson
{
    internal static void Write(Utf8JsonWriter json, in EgressVerdict verdict)
    {
        json.WriteBoolean("allowed", verdict.Allowed);
        json.WriteString("reason_code", verdict.ReasonCode);
        if (verdict.Host is { } host)
        {
            json.WriteString("host", host);
        }

        if (verdict.Port > 0)
        {
            json.WriteNumber("port", verdict.Port);
        }

        if (verdict.RequestFingerprint is { } fingerprint)
        {
            json.WriteString("request_fingerprint_sha256", fingerprint);
        }

        json.WriteString("message", verdict.Message);
    }

    internal static void WriteExplanation(Utf8JsonWriter json, in EgressVerdict verdict)
    {
        json.WriteString("check", JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Check.ToString()));
        if (verdict.Denial is { } denial)
        {
            json.WriteString("to_change", denial.Remedy);
        }

        json.WriteStartArray("addresses");
        foreach (var address in verdict.Addresses)
        {
            json.WriteStringValue(address.ToString());
        }

        json.WriteEndArray();
        json.WriteStartArray("injected_header_names");
        foreach (var name in verdict.InjectedHeaderNames)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
