namespace Palyra.Domain.Results;

/// <summary>The refusal inside a result nobody set: the zero value of a result denies.</summary>
public sealed record Uninitialized : Refusal
{
    /// <summary>The only instance.</summary>
    public static readonly Uninitialized Instance = new();

    private Uninitialized() : base("uninitialized", "", "No decision was made; nothing is allowed.") { }
}
