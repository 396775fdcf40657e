using System.Text;
using System.Text.Json;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>Attacks on the files: the load stops, the inspection says so too, and the files stay as they are.</summary>
public class PersistenceAttackTests
{
    private const int HeaderBytes = 32;

    public static TheoryData<string> Attacks => AttackCase.Of("persistence");

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task Persistence(string id)
    {
        var attack = AttackCase.Load("persistence", id);
        using var folder = new StateFolder();
        using var outside = new TemporaryFolder();
        await PrepareAsync(folder, outside, attack.Input);
        var before = Content(folder);

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);
        Assert.Throws<NodeRuntimeStoreException>(() => NodeRuntimeInspection.Inspect(folder.Path));

        Assert.Equal("state_damaged", attack.ExpectedRefusal);
        Assert.Equal(before, Content(folder));
    }

    private static async Task PrepareAsync(StateFolder folder, TemporaryFolder outside, JsonElement input)
    {
        if (input.TryGetProperty("snapshot", out var snapshot))
        {
            var tail = input.TryGetProperty("repeat", out var repeat) ? string.Concat(Enumerable.Repeat(repeat.GetString(), input.GetProperty("times").GetInt32())) : "";
            await File.WriteAllTextAsync(folder.Snapshot, snapshot.GetString() + tail);
            return;
        }

        if (input.TryGetProperty("link", out var link))
        {
            await File.WriteAllTextAsync(outside.File("target"), "{}");
            File.CreateSymbolicLink(Path.Combine(folder.Path, link.GetString()!), outside.File("target"));
            return;
        }

        await folder.JournalAsync([Changes.Put(1)], [Changes.Put(2)], [Changes.Put(3)]);
        var journal = folder.Journal;
        await File.WriteAllBytesAsync(journal, Attack(await File.ReadAllBytesAsync(journal), input));
    }

    private static byte[] Attack(byte[] journal, JsonElement input)
    {
        var first = journal[HeaderBytes..NextRecord(journal, HeaderBytes)];
        var end = journal.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        var aligned = (end + 31) / 32 * 32;
        if (input.TryGetProperty("flip_byte", out var at))
        {
            journal[at.GetInt32()] ^= 0x10;
            return journal;
        }

        if (input.TryGetProperty("replay_first_record", out _))
        {
            return [.. journal[..aligned], .. first];
        }

        if (input.TryGetProperty("drop_first_record", out _))
        {
            return [.. journal[..HeaderBytes], .. journal[(HeaderBytes + first.Length)..]];
        }

        return input.TryGetProperty("forge", out var forged)
            ? [.. journal[..aligned], .. Record(4, Encoding.UTF8.GetBytes(forged.GetString() + "\n"))]
            : Encoding.UTF8.GetBytes(input.GetProperty("journal").GetString()!);
    }

    private static int NextRecord(byte[] journal, int start) => start + HeaderBytes + ((BitConverter.ToInt32(journal, start + 4) + 31) / 32 * 32);

    /// <summary>A record with the right length and checksums, as somebody would write it who knows the format.</summary>
    private static byte[] Record(ulong sequence, byte[] payload)
    {
        var record = new byte[HeaderBytes + ((payload.Length + 31) / 32 * 32)];
        "PJR1"u8.CopyTo(record);
        BitConverter.TryWriteBytes(record.AsSpan(4), payload.Length);
        BitConverter.TryWriteBytes(record.AsSpan(8), sequence);
        BitConverter.TryWriteBytes(record.AsSpan(16), Crc(payload));
        BitConverter.TryWriteBytes(record.AsSpan(28), Crc(record.AsSpan(0, 28)));
        payload.CopyTo(record, HeaderBytes);
        return record;
    }

    /// <summary>CRC-32C bit by bit, independent of the one under test.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
            }
        }

        return ~crc;
    }

    private static Dictionary<string, string> Content(StateFolder folder) => Directory.GetFiles(folder.Path)
        .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))
        .ToDictionary(file => file, file => Convert.ToHexString(File.ReadAllBytes(file)));
}
