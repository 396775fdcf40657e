using Microsoft.Extensions.Logging;

namespace Palyra.Adapters.Grpc.Client;

internal static partial class ClientLog
{
    [LoggerMessage(4231, LogLevel.Warning, "The connection to the gateway ended, {Code}: {Detail} It is made again.")]
    internal static partial void Disconnected(ILogger logger, string code, string detail);
}
