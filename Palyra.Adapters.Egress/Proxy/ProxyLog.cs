using System.Net;
using Microsoft.Extensions.Logging;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>The proxy's log messages. No URL, header or body is ever part of one.</summary>
internal static partial class ProxyLog
{
    [LoggerMessage(3001, LogLevel.Information, "The egress proxy listens on {EndPoint}.")]
    internal static partial void Listening(ILogger logger, EndPoint endPoint);

    [LoggerMessage(3002, LogLevel.Error, "The audit trail takes no records; egress is refused until it does.")]
    internal static partial void AuditBroken(ILogger logger, Exception exception);

    [LoggerMessage(3003, LogLevel.Error, "A connection of the egress proxy failed unexpectedly and was cut.")]
    internal static partial void Unforeseen(ILogger logger, Exception exception);

    [LoggerMessage(3004, LogLevel.Debug, "A request was refused with {ReasonCode}.")]
    internal static partial void Refused(ILogger logger, string reasonCode);

    [LoggerMessage(3005, LogLevel.Information, "The egress proxy has stopped.")]
    internal static partial void Stopped(ILogger logger);

    [LoggerMessage(3006, LogLevel.Warning, "The secret vault could not be asked ({Failure}); the credential counts as missing.")]
    internal static partial void VaultFailed(ILogger logger, SecretVaultFailure failure, Exception exception);
}
