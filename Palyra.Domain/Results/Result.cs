using System.Diagnostics.CodeAnalysis;

namespace Palyra.Domain.Results;

/// <summary>An accepted act without a value, or a refusal. The default value is a refusal.</summary>
public readonly struct Result : IEquatable<Result>
{
    private readonly Refusal? _refusal;
    private readonly bool _isOk;

    private Result(bool isOk, Refusal? refusal)
    {
        _isOk = isOk;
        _refusal = refusal;
    }

    /// <summary>The accepted result.</summary>
    public static readonly Result Ok = new(true, null);

    /// <summary>Whether the act was accepted.</summary>
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsOk => _isOk;

    /// <summary>Why the act was refused; <see langword="null"/> exactly when it was accepted.</summary>
    public Refusal? Refusal => _isOk ? null : _refusal ?? Uninitialized.Instance;

    /// <summary>A refused act.</summary>
    public static Result Refuse(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new Result(false, refusal);
    }

    /// <summary>A refusal is a refused result.</summary>
    public static implicit operator Result(Refusal refusal) => Refuse(refusal);

    /// <inheritdoc/>
    public bool Equals(Result other) => _isOk == other._isOk && Equals(Refusal, other.Refusal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Result other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_isOk, Refusal);

    /// <summary>Whether both are accepted, or both refused for an equal reason.</summary>
    public static bool operator ==(Result left, Result right) => left.Equals(right);

    /// <summary>Whether the two differ.</summary>
    public static bool operator !=(Result left, Result right) => !left.Equals(right);

    /// <summary><c>ok</c>, or the refusal.</summary>
    public override string ToString() => Refusal?.ToString() ?? "ok";
}
