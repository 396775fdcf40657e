namespace Palyra.Adapters.Json.Journal;

/// <summary>What a journal file was found to hold.</summary>
/// <param name="Path">The file.</param>
/// <param name="FirstSequence">The sequence number its header promises for the first record.</param>
/// <param name="NextSequence">The sequence number after the last whole record.</param>
/// <param name="Records">How many whole records it holds.</param>
/// <param name="EndOffset">Where the last whole record ends; new ones go here.</param>
/// <param name="TornBytes">How many bytes of a record that was never finished lie behind that; 0 when the end is clean.</param>
internal sealed record JournalScan(string Path, ulong FirstSequence, ulong NextSequence, int Records, long EndOffset, long TornBytes);
