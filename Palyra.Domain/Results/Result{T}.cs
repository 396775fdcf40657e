using System.Diagnostics.CodeAnalysis;

namespace Palyra.Domain.Results;

/// <summary>A value, or the refusal that stands in its place. The default value is a refusal.</summary>
/// <typeparam name="T">What an accepted act gives.</typeparam>
public readonly struct Result<T> : IEquatable<Result<T>> where T : notnull
{
    private readonly T? _value;
    private readonly Refusal? _refusal;
    private readonly bool _isOk;

    private Result(T? value, Refusal? refusal, bool isOk)
    {
        _value = value;
        _refusal = refusal;
        _isOk = isOk;
    }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(ValueOrDefault))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsOk => _isOk;

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">The act was refused: asking is a programming error.</exception>
    public T Value => _isOk ? _value! : throw new InvalidOperationException($"There is no value: {Refusal}");

    /// <summary>The value, or the type's default when the act was refused.</summary>
    public T? ValueOrDefault => _isOk ? _value : default;

    /// <summary>Why there is no value; <see langword="null"/> exactly when there is one.</summary>
    public Refusal? Refusal => _isOk ? null : _refusal ?? Uninitialized.Instance;

    /// <summary>Gives the value, or the refusal.</summary>
    /// <returns>Whether there is a value.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Refusal? refusal)
    {
        value = _value;
        refusal = Refusal;
        return _isOk;
    }

    /// <summary>A value is an accepted result.</summary>
    public static implicit operator Result<T>(T value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return new Result<T>(value, null, true);
    }

    /// <summary>A refusal is a refused result.</summary>
    public static implicit operator Result<T>(Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new Result<T>(default, refusal, false);
    }

    /// <inheritdoc/>
    public bool Equals(Result<T> other) =>
        _isOk == other._isOk && EqualityComparer<T?>.Default.Equals(_value, other._value) && Equals(Refusal, other.Refusal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Result<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_isOk, _value, Refusal);

    /// <summary>Whether both hold an equal value, or an equal refusal.</summary>
    public static bool operator ==(Result<T> left, Result<T> right) => left.Equals(right);

    /// <summary>Whether the two differ.</summary>
    public static bool operator !=(Result<T> left, Result<T> right) => !left.Equals(right);

    /// <summary>The value, or the refusal.</summary>
    public override string? ToString() => _isOk ? _value!.ToString() : Refusal!.ToString();
}
