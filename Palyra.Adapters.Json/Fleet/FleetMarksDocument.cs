using System.Text.Json.Serialization;

namespace Palyra.Adapters.Json.Fleet;

/// <summary>The content of <c>fleet-marks.v1.json</c>.</summary>
internal sealed record FleetMarksDocument(int SchemaVersion, ulong FencingCeiling, FleetMarkDocument[]? Marks);

/// <summary>One mark in the file.</summary>
internal sealed record FleetMarkDocument(string? WorkerId, long FailedClosedAtUnixMs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FleetMarksDocument))]
internal sealed partial class FleetMarksJson : JsonSerializerContext;
