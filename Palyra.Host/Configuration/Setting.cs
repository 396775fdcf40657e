using System.Text.Json;

namespace Palyra.Host.Configuration;

/// <summary>One value that somebody set, and where: file and line, environment variable or flag.</summary>
/// <param name="Name">Its dotted name, e.g. <c>fleet.heartbeat_timeout_ms</c>.</param>
/// <param name="Value">The value as JSON.</param>
/// <param name="Origin">Where it was set, for error messages.</param>
internal sealed record Setting(string Name, JsonElement Value, string Origin);
