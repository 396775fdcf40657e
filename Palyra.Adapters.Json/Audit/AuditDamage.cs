namespace Palyra.Adapters.Json.Audit;

/// <summary>What can be wrong with a file of the audit trail. The zero value is the answer nobody gave.</summary>
public enum AuditDamage
{
    /// <summary>Not looked at.</summary>
    Unverified = 0,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>A line is no record.</summary>
    MalformedRecord,

    /// <summary>A record does not carry the next number.</summary>
    WrongNumber,

    /// <summary>A record's hash does not follow from the one before and its bytes.</summary>
    WrongHash,

    /// <summary>A checkpoint's or the head's signature is not the key's.</summary>
    WrongSignature,

    /// <summary>The file does not begin with an opening record.</summary>
    NoOpening,

    /// <summary>The file ends before its newest checkpoint: its end was cut off.</summary>
    EndCutOff,

    /// <summary>There is no head beside the file, so that nobody can say where its end should be.</summary>
    NoHead,

    /// <summary>A file of the trail is missing, or does not continue the one before.</summary>
    BrokenSequence,
}
