namespace Palyra.Domain.Audit;

/// <summary>What went through for one request.</summary>
/// <param name="BytesUp">Bytes from the worker.</param>
/// <param name="BytesDown">Bytes to the worker.</param>
/// <param name="DurationMilliseconds">How long it took.</param>
public readonly record struct EgressTraffic(long BytesUp, long BytesDown, long DurationMilliseconds)
{
    private readonly string? _failureCode;

    /// <summary>Why an allowed request was cut or failed; empty when it was not.</summary>
    public string FailureCode { get => _failureCode ?? ""; init => _failureCode = value; }
}
