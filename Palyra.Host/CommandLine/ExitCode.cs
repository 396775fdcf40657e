namespace Palyra.Host.CommandLine;

/// <summary>What the process tells its caller. Scripts may rely on these four and no others.</summary>
internal static class ExitCode
{
    /// <summary>The command did what it was asked.</summary>
    internal const int Ok = 0;

    /// <summary>The command was understood and refused, or did not succeed; the reason code is in the output.</summary>
    internal const int Refused = 1;

    /// <summary>The command line itself is wrong.</summary>
    internal const int Usage = 2;

    /// <summary>The gateway does not answer.</summary>
    internal const int Unreachable = 3;
}
