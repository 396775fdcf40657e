using System.Security.Cryptography;
using System.Text.Json;
using Palyra.Domain.Audit;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Walks a file of the trail and says whether it is whole.</summary>
public static class AuditFileVerifier
{
    private const int MaxLine = 1 << 20;

    /// <summary>Verifies one file against its head and a public key.</summary>
    /// <param name="file">The file; its head is the file beside it that ends in <c>.head</c>.</param>
    /// <param name="publicKeyPem">The public half of the signing key.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ArgumentException">The key is no public key.</exception>
    public static AuditVerification Verify(string file, string publicKeyPem)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(publicKeyPem);
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(publicKeyPem);
        }
        catch (CryptographicException malformed)
        {
            throw new ArgumentException("Not a PEM public key.", nameof(publicKeyPem), malformed);
        }

        var head = AuditHead.Load(file);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 64 * 1024, FileOptions.SequentialScan);
        return new Walk(key, head).Run(stream);
    }

    private sealed class Walk(ECDsa key, AuditHead? head)
    {
        private ulong _first;
        private ulong _last;
        private long _line;
        private AuditHash _previous;
        private AuditHash _hash;
        private AuditHash _hashAtHead;
        private ulong _covered;
        private int _checkpoints;
        private string _next = "";

        internal AuditVerification Run(Stream stream)
        {
            var buffer = new byte[64 * 1024];
            var length = 0;
            while (true)
            {
                var read = stream.Read(buffer, length, buffer.Length - length);
                length += read;
                var start = 0;
                for (int end; (end = buffer.AsSpan(start, length - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
                {
                    if (Take(buffer.AsSpan(start, end)) is { } broken)
                    {
                        return broken;
                    }
                }

                buffer.AsSpan(start, length - start).CopyTo(buffer);
                length -= start;
                if (read == 0)
                {
                    return End(length);
                }

                if (length == buffer.Length)
                {
                    if (length >= MaxLine)
                    {
                        return Broken(AuditDamage.MalformedRecord, _last + 1, "is longer than 1 MiB");
                    }

                    Array.Resize(ref buffer, buffer.Length * 2);
                }
            }
        }

        private AuditVerification? Take(ReadOnlySpan<byte> line)
        {
            _line++;
            if (!AuditLine.TrySplit(line, out var covered, out var hash) || !TryRead(line, out var record))
            {
                return Broken(AuditDamage.MalformedRecord, _last + 1, "is no record");
            }

            if (_line == 1)
            {
                if (record.Event != AuditLine.OpenedEvent || !AuditHash.TryParse(record.PreviousHash, out _previous) || record.Number == 0)
                {
                    return Broken(AuditDamage.NoOpening, record.Number, "does not open the file");
                }

                _first = record.Number;
                _last = record.Number - 1;
                _hash = _previous;
            }

            if (record.Number != _last + 1)
            {
                return Broken(AuditDamage.WrongNumber, record.Number, $"should have the number {_last + 1}");
            }

            if (AuditChain.Next(_hash, record.Number, covered) != hash)
            {
                return Broken(AuditDamage.WrongHash, record.Number, "was changed, or a record before it was removed or inserted");
            }

            if (record.Event == AuditLine.CheckpointEvent)
            {
                if (!IsSigned(_last, _hash, record.Signature))
                {
                    return Broken(AuditDamage.WrongSignature, record.Number, "is a checkpoint whose signature is not the key's");
                }

                _checkpoints++;
                _covered = record.Number;
            }

            _next = record.Event == AuditLine.RotatedEvent ? record.Next : "";
            _last = record.Number;
            _hash = hash;
            _hashAtHead = record.Number == head?.Number ? hash : _hashAtHead;
            return null;
        }

        private AuditVerification End(long tornBytes)
        {
            if (head is null)
            {
                return Broken(AuditDamage.NoHead, 0, "has no readable head beside it, so that a cut end could not be seen") with
                {
                    BrokenLine = 0,
                    TornBytes = tornBytes,
                };
            }

            if (!IsSigned(head.Number, head.Hash, head.Signature))
            {
                return Broken(AuditDamage.WrongSignature, 0, "has a head whose signature is not the key's") with { BrokenLine = 0 };
            }

            if (head.Number > _last)
            {
                return Broken(AuditDamage.EndCutOff, _last + 1, $"is missing: the file ends at record {_last}, its newest checkpoint is at {head.Number}");
            }

            return head.Hash != _hashAtHead
                ? Broken(AuditDamage.WrongHash, head.Number, "is not the one that the newest checkpoint was signed over")
                : Found(AuditDamage.None, $"Records {_first} to {_last} are whole; {_checkpoints} checkpoints.") with
                {
                    Uncovered = _last - Math.Min(_last, Math.Max(head.Number, _covered)),
                    TornBytes = tornBytes,
                };
        }

        private AuditVerification Broken(AuditDamage damage, ulong number, string what) =>
            Found(damage, number == 0 ? $"The file {what}." : $"Record {number} (line {_line}) {what}.") with
            {
                BrokenLine = _line,
                BrokenNumber = number,
            };

        private AuditVerification Found(AuditDamage damage, string message) => new()
        {
            Damage = damage,
            Message = message,
            FirstNumber = _first,
            LastNumber = _last,
            PreviousHash = _previous,
            LastHash = _hash,
            Checkpoints = _checkpoints,
            NextFile = _next,
        };

        private bool IsSigned(ulong number, AuditHash hash, string signature)
        {
            Span<byte> bytes = stackalloc byte[128];
            return Convert.TryFromBase64String(signature, bytes, out var length) && key.VerifyData(
                AuditChain.CheckpointStatement(number, hash), bytes[..length], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }

        private static bool TryRead(ReadOnlySpan<byte> line, out OwnMembers record)
        {
            record = new OwnMembers(0, "", "", "", "");
            try
            {
                var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 4 });
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    record = Member(ref reader, record);
                }

                return !reader.Read();
            }
            catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
            {
                return false;
            }
        }

        private static OwnMembers Member(ref Utf8JsonReader reader, OwnMembers record)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "seq":
                    return record with { Number = reader.GetUInt64() };
                case "event":
                    return record with { Event = reader.GetString() ?? "" };
                case "previous_hash":
                    return record with { PreviousHash = reader.GetString() ?? "" };
                case "signature":
                    return record with { Signature = reader.GetString() ?? "" };
                case "next":
                    return record with { Next = reader.GetString() ?? "" };
                default:
                    reader.Skip();
                    return record;
            }
        }

        private readonly record struct OwnMembers(ulong Number, string Event, string PreviousHash, string Signature, string Next);
    }
}
