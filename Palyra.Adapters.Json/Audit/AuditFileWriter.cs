using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Audit;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Appends to the newest file of a trail. Not thread-safe: the sink's loop owns it.</summary>
internal sealed class AuditFileWriter : IDisposable
{
    private const string LockFile = "audit.lock";
    private const int MaxOwnLine = 1024;

    private static readonly JsonWriterOptions Compact = new() { SkipValidation = true };

    private readonly AuditFileOptions _options;
    private readonly AuditSigningKey _key;
    private readonly TimeProvider _clock;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly ArrayBufferWriter<byte> _pending = new(64 * 1024);
    private readonly Utf8JsonWriter _json;
    private readonly FileStream _lock;
    private FileStream _file;
    private ulong _fileNumber;
    private ulong _number;
    private AuditHash _hash;
    private long _uncovered;

    private AuditFileWriter(AuditFileOptions options, AuditSigningKey key, TimeProvider clock)
    {
        _options = options;
        _key = key;
        _clock = clock;
        _json = new Utf8JsonWriter(_line, Compact);
        // On Unix only a file that is shared with nobody keeps a second process out.
        _lock = OpenFile(Path.Combine(options.Folder, LockFile), FileMode.OpenOrCreate, FileShare.None);
        _file = null!; // set by Open before anybody sees the writer
    }

    /// <summary>How many records no checkpoint covers yet.</summary>
    internal long Uncovered => _uncovered;

    /// <summary>Opens the trail: verifies its newest file, drops an incomplete last line, goes on behind it.</summary>
    /// <exception cref="AuditSinkException">The newest file is damaged. Nothing is appended to it; it has to be looked at and moved away.</exception>
    internal static AuditFileWriter Open(AuditFileOptions options, AuditSigningKey key, TimeProvider clock)
    {
        AtomicFile.CreateFolder(options.Folder);
        var writer = new AuditFileWriter(options, key, clock);
        try
        {
            AtomicFile.DeleteLeftovers(options.Folder);
            AtomicFile.Replace(Path.Combine(options.Folder, AuditTrail.PublicKeyFile), Encoding.ASCII.GetBytes(key.PublicKeyPem));
            if (AuditTrail.Files(options.Folder) is [.., var newest])
            {
                writer.Continue(newest);
            }
            else
            {
                writer.Begin(1);
            }

            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Puts a record behind the others, in memory until <see cref="Write"/>.</summary>
    internal void Append(AuditRecord record)
    {
        AuditLine.WriteRecord(_json, _number + 1, record);
        Seal();
    }

    /// <summary>Hands what was appended to the system.</summary>
    internal void Write()
    {
        if (_pending.WrittenCount > 0)
        {
            _file.Write(_pending.WrittenSpan);
            _pending.ResetWrittenCount();
        }
    }

    /// <summary>Signs where the chain stands, makes it all durable, and begins the next file when this one has grown enough.</summary>
    internal void Checkpoint()
    {
        if (_uncovered > 0)
        {
            SignAndFlush();
        }

        if (_file.Length > _options.MaxFileBytes)
        {
            Rotate();
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        _file?.Dispose();
        _lock.Dispose();
    }

    private void Rotate()
    {
        AppendOwn(AuditLine.RotatedEvent, ("next", AuditTrail.FileName(_fileNumber + 1)));
        SignAndFlush(closing: true);
        _file.Dispose();
        Begin(_fileNumber + 1);
    }

    private void Begin(ulong fileNumber)
    {
        var path = PathOf(fileNumber);
        if (AuditHead.Exists(path))
        {
            throw new AuditSinkException($"The audit file '{path}' is damaged: it is missing, though its head is there.");
        }

        _fileNumber = fileNumber;
        _file = OpenFile(path, FileMode.CreateNew);
        AtomicFile.FlushFolder(_options.Folder);
        AppendOwn(AuditLine.OpenedEvent, ("previous_hash", _hash.ToString()), ("key_id", _key.KeyId));
        SignAndFlush();
    }

    private void Continue(string path)
    {
        if (!AuditHead.Exists(path))
        {
            BeginAnew(path);
            return;
        }

        var found = VerifyIntact(path);
        _fileNumber = AuditTrail.NumberOf(path);
        _number = found.LastNumber;
        _hash = found.LastHash;
        if (found.NextFile.Length > 0)
        {
            Begin(_fileNumber + 1);
            return;
        }

        _file = OpenFile(path, FileMode.Open);
        _file.SetLength(_file.Length - found.TornBytes);
        _file.Seek(0, SeekOrigin.End);
        Recovered(found.TornBytes);
    }

    /// <summary>
    /// A file without a head: the process died while it began this file, and the file before says where the chain stands. INVARIANT: a file gets its head
    /// before its first record, so one that holds anything else than its beginning has lost its head, and is damaged.
    /// </summary>
    private void BeginAnew(string path)
    {
        var fileNumber = AuditTrail.NumberOf(path);
        if (fileNumber > 1)
        {
            var before = VerifyIntact(PathOf(fileNumber - 1));
            if (before.NextFile != Path.GetFileName(path))
            {
                throw new AuditSinkException($"The audit file '{path}' is damaged: the file before does not hand over to it.");
            }

            _number = before.LastNumber;
            _hash = before.LastHash;
        }

        var found = AuditFileVerifier.Verify(path, _key.PublicKeyPem);
        if (!IsBeginning(path, found))
        {
            throw Damaged(path, found);
        }

        var dropped = new FileInfo(path).Length;
        File.Delete(path);
        Begin(fileNumber);
        Recovered(dropped);
    }

    /// <summary>Whether a file without a head is a part of opening and checkpoint as this trail would begin it, and nothing more.</summary>
    private bool IsBeginning(string path, AuditVerification found)
    {
        if (found.Damage != AuditDamage.NoHead || found.TornBytes > MaxOwnLine)
        {
            return false;
        }

        var lines = found.LastNumber == 0 ? 0 : found.LastNumber - found.FirstNumber + 1;
        if (lines > 0 && (found.FirstNumber != _number + 1 || found.PreviousHash != _hash))
        {
            return false;
        }

        var next = Encoding.ASCII.GetBytes(FormattableString.Invariant($"{{\"seq\":{_number + lines + 1},\"at_unix_ms\":"));
        // What a power cut kept from the disk reads as zeros.
        var torn = File.ReadAllBytes(path).AsSpan()[^(int)found.TornBytes..].TrimEnd((byte)0);
        return lines switch
        {
            < 2 => torn.CommonPrefixLength(next) == Math.Min(torn.Length, next.Length),
            2 => found.Checkpoints == 1 && torn.Length == 0,
            _ => false,
        };
    }

    private AuditVerification VerifyIntact(string path)
    {
        var found = AuditFileVerifier.Verify(path, _key.PublicKeyPem);
        return found.IsIntact ? found : throw Damaged(path, found);
    }

    private static AuditSinkException Damaged(string path, AuditVerification found) => new($"The audit file '{path}' is damaged: {found.Message}");

    private void Recovered(long droppedBytes)
    {
        AppendOwn(AuditLine.RecoveredEvent, ("dropped_bytes", droppedBytes.ToString(CultureInfo.InvariantCulture)));
        SignAndFlush();
    }

    private string PathOf(ulong fileNumber) => Path.Combine(_options.Folder, AuditTrail.FileName(fileNumber));

    private void AppendOwn(string name, params ReadOnlySpan<(string Name, string Text)> members)
    {
        AuditLine.WriteOwn(_json, _number + 1, UnixTime.Now(_clock), name, members);
        Seal();
    }

    private void Seal()
    {
        _json.Flush();
        _hash = AuditLine.Seal(_line, _hash, _number + 1, _pending);
        _number++;
        _uncovered++;
        _line.ResetWrittenCount();
        _json.Reset();
    }

    // A closing file's last line has to be the hand-over, so its checkpoint lives in the head alone.
    private void SignAndFlush(bool closing = false)
    {
        var head = new AuditHead(_number, _hash, _key.KeyId, _key.Sign(AuditChain.CheckpointStatement(_number, _hash)));
        if (!closing)
        {
            AppendOwn(AuditLine.CheckpointEvent, ("key_id", _key.KeyId), ("signature", head.Signature));
        }

        Write();
        _file.Flush(flushToDisk: true);
        head.Save(_file.Name);
        _uncovered = 0;
    }

    private static FileStream OpenFile(string path, FileMode mode, FileShare share = FileShare.Read)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = AtomicFile.OwnerOnly;
        }

        return new FileStream(path, options);
    }
}
