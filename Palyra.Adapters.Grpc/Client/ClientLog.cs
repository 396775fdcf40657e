using Microsoft.Extensions.Logging;

namespace Palyra.Adapters.Grpc.Client;

internal static partial class ClientLog
{
    [LoggerMessage(4231, LogLevel.Warning, "The connection to the gateway ended, {Code}: {Detail} It is made again.")]
    internal static partial void Disconnected(ILogger logger, string code, string detail);

    [LoggerMessage(4232, LogLevel.Error, "The connection to the gateway ended by a fault of the node's. It is made again.")]
    internal static partial void Faulted(ILogger logger, Exception failure);

    [LoggerMessage(4233, LogLevel.Error, "A subscriber to the node's connections failed.")]
    internal static partial void SubscriberFailed(ILogger logger, Exception failure);
}
