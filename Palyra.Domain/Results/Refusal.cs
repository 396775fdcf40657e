namespace Palyra.Domain.Results;

/// <summary>
/// Why something was refused. Each concept nests its own sealed cases in an abstract record with a private constructor.
/// </summary>
/// <remarks>Codes are part of the public contract: they never change meaning. None of the three texts ever holds a secret.</remarks>
public abstract record Refusal
{
    /// <summary>A refusal with its three texts.</summary>
    protected Refusal(string code, string subject, string detail)
    {
        Code = code;
        Subject = subject;
        Detail = detail;
    }

    /// <summary>The stable code a program may match on, e.g. <c>WorkerFailClosed</c> or <c>egress.denied.private_target</c>.</summary>
    public string Code { get; }

    /// <summary>What was refused: an id or a field name; empty when there is nothing to name.</summary>
    public string Subject { get; }

    /// <summary>One short sentence for a person: what was wrong and, where it helps, what to do.</summary>
    public string Detail { get; }

    /// <summary><c>code: detail</c>, for logs and terminals.</summary>
    public sealed override string ToString() => $"{Code}: {Detail}";
}
