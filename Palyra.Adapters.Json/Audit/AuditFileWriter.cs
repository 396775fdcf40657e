using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Audit;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Audit;

/// <summary>Appends to the newest file of a trail. Not thread-safe: the sink's loop owns it.</summary>
internal sealed class AuditFileWriter : IDisposable
{
    private const string LockFile = "audit.lock";

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
        _lock = new FileStream(Path.Combine(options.Folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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
            AtomicFile.Replace(Path.Combine(options.Folder, AuditTrail.PublicKeyFile), System.Text.Encoding.ASCII.GetBytes(key.PublicKeyPem));
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
            _file.Flush();
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
        _fileNumber = fileNumber;
        _file = OpenFile(Path.Combine(_options.Folder, AuditTrail.FileName(fileNumber)), FileMode.CreateNew);
        AtomicFile.FlushFolder(_options.Folder);
        AppendOwn(AuditLine.OpenedEvent, ("previous_hash", _hash.ToString()), ("key_id", _key.KeyId));
        SignAndFlush();
    }

    private void Continue(string path)
    {
        AuditVerification found;
        using (var file = OpenFile(path, FileMode.Open))
        {
            if (file.Length == 0 || AuditHead.Load(path) is null && IsFirstWriteTorn(file))
            {
                // The process died while it began this file: nothing in it was ever durable, and the file before says where the chain stands.
                file.SetLength(0);
            }
        }

        if (new FileInfo(path).Length == 0)
        {
            BeginAnew(path);
            return;
        }

        found = AuditFileVerifier.Verify(path, _key.PublicKeyPem);
        if (!found.IsIntact)
        {
            throw new AuditSinkException($"The audit file '{path}' is damaged: {found.Message}");
        }

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
        AppendOwn(AuditLine.RecoveredEvent, ("dropped_bytes", found.TornBytes.ToString(CultureInfo.InvariantCulture)));
        SignAndFlush();
    }

    private static bool IsFirstWriteTorn(FileStream file)
    {
        var bytes = new byte[Math.Min(file.Length, 4096)];
        file.ReadExactly(bytes);
        return bytes.AsSpan().Count((byte)'\n') <= 1;
    }

    private void BeginAnew(string path)
    {
        var fileNumber = AuditTrail.NumberOf(path);
        var before = Path.Combine(_options.Folder, AuditTrail.FileName(fileNumber - 1));
        if (fileNumber > 1)
        {
            var found = AuditFileVerifier.Verify(before, _key.PublicKeyPem);
            if (!found.IsIntact)
            {
                throw new AuditSinkException($"The audit file '{before}' is damaged: {found.Message}");
            }

            _number = found.LastNumber;
            _hash = found.LastHash;
        }

        File.Delete(path);
        Begin(fileNumber);
    }

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

    private static FileStream OpenFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode == FileMode.CreateNew)
        {
            options.UnixCreateMode = AtomicFile.OwnerOnly;
        }

        return new FileStream(path, options);
    }
}
