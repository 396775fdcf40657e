namespace Palyra.Domain.Egress.Sessions;

/// <summary>
/// The egress of one tool, shared by all its calls: what an operator takes away holds for the calls under way too, from the next request on.
/// </summary>
/// <remarks>Safe for concurrent use. <see cref="LeaseEgress.JudgeAgain"/> makes a change hold for what is open as well.</remarks>
public sealed class ToolEgress
{
    private EgressTerms _terms;

    /// <summary>The egress of a tool, on these terms until they are changed.</summary>
    public ToolEgress(EgressTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        _terms = terms;
    }

    /// <summary>What holds now. <see cref="EgressTerms.None"/> takes everything away.</summary>
    public EgressTerms Terms
    {
        get => Volatile.Read(ref _terms);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref _terms, value);
        }
    }
}
