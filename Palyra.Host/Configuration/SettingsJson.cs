using System.Text.Json.Serialization;

namespace Palyra.Host.Configuration;

[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
internal sealed partial class SettingsJson : JsonSerializerContext;
