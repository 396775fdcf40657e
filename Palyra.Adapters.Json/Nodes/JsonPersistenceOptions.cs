using Microsoft.Extensions.Options;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Where and how the node runtime's state is kept.</summary>
public sealed class JsonPersistenceOptions
{
    internal const long MinCompactAfterBytes = 4096;

    /// <summary>The folder that holds the state. Not empty; created when it is absent; its owner's only on Unix.</summary>
    public string StateRoot { get; set; } = "";

    /// <summary>
    /// Whether the snapshot is written anew on every flush instead of a journal beside it, for tools that read the file live. A mutation then costs the
    /// whole state.
    /// </summary>
    public bool WriteThrough { get; set; }

    /// <summary>The journal is folded into the snapshot when it is larger than the snapshot and than this many bytes: 16 MiB. At least 4 KiB.</summary>
    public long CompactAfterBytes { get; set; } = 16 * 1024 * 1024;

    internal sealed class Validator : IValidateOptions<JsonPersistenceOptions>
    {
        public ValidateOptionsResult Validate(string? name, JsonPersistenceOptions options)
        {
            List<string> problems = [];
            if (string.IsNullOrWhiteSpace(options.StateRoot))
            {
                problems.Add($"{nameof(JsonPersistenceOptions)}.{nameof(StateRoot)} is missing.");
            }

            if (options.CompactAfterBytes < MinCompactAfterBytes)
            {
                problems.Add($"{nameof(JsonPersistenceOptions)}.{nameof(CompactAfterBytes)} is less than 4 KiB.");
            }

            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
