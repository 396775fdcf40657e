using Palyra.Domain.Results;

namespace Palyra.Host.CommandLine;

/// <summary>Ends a command with one line for the person, a code for the script and an exit code; never with a stack trace.</summary>
internal sealed class CommandFailureException : Exception
{
    private CommandFailureException(int exitCode, string code, string message) : base(message)
    {
        ExitCode = exitCode;
        Code = code;
    }

    internal int ExitCode { get; }

    internal string Code { get; }

    internal static CommandFailureException Refused(string code, string message) => new(CommandLine.ExitCode.Refused, code, message);

    /// <summary>The command's own output has told already, in JSON; only a person still needs the line.</summary>
    internal bool IsToldInJson { get; private init; }

    internal static CommandFailureException Told(string code, string message) => new(CommandLine.ExitCode.Refused, code, message) { IsToldInJson = true };

    internal static CommandFailureException Refused(Refusal refusal) => new(CommandLine.ExitCode.Refused, refusal.Code, refusal.Detail);

    internal static CommandFailureException Usage(string message) => new(CommandLine.ExitCode.Usage, HostReason.Usage, message);

    internal static CommandFailureException Unreachable(string message) => new(CommandLine.ExitCode.Unreachable, HostReason.Unreachable, message);
}
