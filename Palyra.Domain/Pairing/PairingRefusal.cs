using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Pairing;

/// <summary>Why an act on a pairing code or request was refused.</summary>
public abstract record PairingRefusal : Refusal
{
    private PairingRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary><c>InvalidPairingTransition</c>: the table has no row for this act in this state. Nothing changed.</summary>
    public sealed record InvalidPairingTransition(PairingSessionId Session, PairingRequestState From, PairingAct Act)
        : PairingRefusal(nameof(InvalidPairingTransition), Session.ToString(), $"A pairing request that is {From} cannot take the act {Act}.");

    /// <summary><c>UnknownPairingRequest</c>: there is no request of this id.</summary>
    public sealed record UnknownPairingRequest(PairingSessionId Session)
        : PairingRefusal(nameof(UnknownPairingRequest), Session.ToString(), "There is no pairing request of this id.");

    /// <summary><c>PairingRequestExists</c>: this session has made its request already.</summary>
    public sealed record PairingRequestExists(PairingSessionId Session)
        : PairingRefusal(nameof(PairingRequestExists), Session.ToString(), "This session has made a pairing request already.");

    /// <summary><c>InvalidPairingCode</c>: no active code of this method reads so. One answer for wrong, expired, used and wrong method: it tells a guesser nothing.</summary>
    public sealed record InvalidPairingCode()
        : PairingRefusal(nameof(InvalidPairingCode), "", "No active pairing code matches; ask the operator for a new one.");

    /// <summary><c>TooManyPairingCodes</c>: 64 codes are active.</summary>
    public sealed record TooManyPairingCodes(int Limit)
        : PairingRefusal(nameof(TooManyPairingCodes), "", $"{Limit} pairing codes are active already; wait until one expires.");

    /// <summary><c>TooManyPairingSessions</c>: three handshakes are open on this code.</summary>
    public sealed record TooManyPairingSessions(int Limit)
        : PairingRefusal(nameof(TooManyPairingSessions), "", $"{Limit} sessions are open on this code already; wait until one ends.");

    /// <summary><c>UnknownPairingSession</c>: no handshake of this id holds a code that is still active.</summary>
    public sealed record UnknownPairingSession(PairingSessionId Session)
        : PairingRefusal(nameof(UnknownPairingSession), Session.ToString(), "No open session of this id holds an active pairing code.");

    /// <summary><c>InvalidPairingField</c>: a field is missing, too long or out of range.</summary>
    public sealed record InvalidPairingField(string Field, string Why)
        : PairingRefusal(nameof(InvalidPairingField), Field, $"The field {Field} {Why}.");
}
