using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>How the files are read and written: snake_case, nulls written, unknown members ignored, a member named twice refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(SnapshotFile))]
[JsonSerializable(typeof(ChangeFile))]
internal sealed partial class NodeRuntimeJson : JsonSerializerContext
{
    /// <summary>The snapshot; its writer brings the indentation.</summary>
    internal static JsonTypeInfo<SnapshotFile> Snapshot => Default.SnapshotFile;

    /// <summary>A change in the journal: on one line.</summary>
    internal static JsonTypeInfo<ChangeFile> Change => Default.ChangeFile;
}
