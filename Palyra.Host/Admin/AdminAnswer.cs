using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Palyra.Domain.Results;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Admin;

/// <summary>How the admin API reads and answers: JSON, snake_case; a refusal is {code, message} with a status that is not 200.</summary>
internal static class AdminAnswer
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    internal static async Task ObjectAsync(HttpContext context, Action<Utf8JsonWriter> members)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonLine.Format(members), context.RequestAborted);
    }

    internal static Task ListAsync<T>(HttpContext context, IEnumerable<T> items, Action<Utf8JsonWriter, T> members)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("[" + string.Join(",\n", items.Select(item => JsonLine.Format(json => members(json, item)))) + "]", context.RequestAborted);
    }

    internal static Task RefuseAsync(HttpContext context, Refusal refusal) => RefuseAsync(context, StatusCodes.Status409Conflict, refusal.Code, refusal.Detail);

    internal static Task RefuseAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return ObjectAsync(context, json =>
        {
            json.WriteString("code", code);
            json.WriteString("message", message);
        });
    }

    internal static Task ResultAsync<T>(HttpContext context, Result<T> result, Action<Utf8JsonWriter, T> members) where T : notnull =>
        result.TryGet(out var value, out var refusal) ? ObjectAsync(context, json => members(json, value)) : RefuseAsync(context, refusal);

    /// <summary>The body as one JSON object; an empty or malformed one reads as an empty object, so that a missing member is what is complained about.</summary>
    internal static async Task<JsonElement> BodyAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, Strict, context.RequestAborted);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document.RootElement.Clone();
            }
        }
        catch (JsonException)
        {
            // Falls through to the empty object.
        }

        using var empty = JsonDocument.Parse("{}");
        return empty.RootElement.Clone();
    }

    internal static string? Text(this JsonElement body, string name) =>
        body.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    internal static long Number(this JsonElement body, string name, long otherwise, long least, long most) =>
        body.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var number)
            ? Math.Clamp(number, least, most)
            : otherwise;

    internal static string Route(this HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";
}
