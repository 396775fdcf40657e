using Microsoft.Extensions.Logging;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// The host's loggers, with the framework's chatter about every request and its stack trace for every malformed frame left out: what strangers send
/// must not be able to fill a log. What is worth knowing of a refusal the gate and the services say themselves, once.
/// </summary>
internal sealed class FrameworkLoggers(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Floored(
        inner.CreateLogger(categoryName),
        categoryName.StartsWith("Grpc.", StringComparison.Ordinal) ? LogLevel.Critical
        : categoryName.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning
        : LogLevel.Trace);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The factory is the host's.
    }

    private sealed class Floored(ILogger inner, LogLevel floor) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= floor && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= floor)
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
