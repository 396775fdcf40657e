namespace Palyra.Adapters.Json.Nodes;

/// <summary>What one journal holds.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Records">How many whole records.</param>
/// <param name="Bytes">Where the last whole record ends.</param>
/// <param name="TornBytes">How many bytes of a record that was never answered follow; the next start cuts them off. 0 when the end is clean.</param>
public sealed record JournalInspection(string File, int Records, long Bytes, long TornBytes);
