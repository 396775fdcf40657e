using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Replay;

/// <summary>
/// Applies a log of acts to an empty fleet and writes, for each line, what it answered and how the fleet then stood. The same log gives the same bytes.
/// </summary>
internal sealed class FleetReplay : IDisposable
{
    /// <summary>The longest line that is read.</summary>
    internal const int MaxLineBytes = 1024 * 1024;

    private const int FlushBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private readonly bool _requireSigned;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes * 2);
    private readonly Utf8JsonWriter _json;
    private WorkerFleet _fleet;
    private ulong _lastLease;
    private long _sequence;

    private FleetReplay(bool requireSigned)
    {
        _requireSigned = requireSigned;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _fleet = EmptyFleet();
    }

    internal static async Task RunAsync(Stream input, Stream output, bool requireSigned, CancellationToken cancellation)
    {
        using var replay = new FleetReplay(requireSigned);
        var lines = new BoundedLines(input, MaxLineBytes);
        while (await lines.ReadAsync(cancellation) is { } line)
        {
            replay.Apply(line);
            if (replay._buffer.WrittenCount >= FlushBytes || !lines.HasLineAtHand)
            {
                await output.WriteAsync(replay._buffer.WrittenMemory, cancellation);
                replay._buffer.ResetWrittenCount();
            }
        }

        await output.FlushAsync(cancellation);
    }

    public void Dispose() => _json.Dispose();

    private void Apply(BoundedLines.Line line)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("seq", _sequence);
        if (line.TooLong)
        {
            _json.WriteRefusal("LineTooLong", $"A line is at most {MaxLineBytes} bytes.");
        }
        else
        {
            // Editors on Windows like to put a byte order mark before the first line.
            var hasMark = _sequence == 0 && line.Bytes.Span.StartsWith(Encoding.UTF8.Preamble);
            Apply(hasMark ? line.Bytes[Encoding.UTF8.Preamble.Length..] : line.Bytes);
        }

        _sequence++;
        _json.WriteState(_fleet);
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
    }

    private void Apply(ReadOnlyMemory<byte> line)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line, Strict);
        }
        catch (JsonException)
        {
            _json.WriteRefusal("InvalidJson", "The line is not a JSON object.");
            return;
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                _json.WriteRefusal("InvalidJson", "The line is not a JSON object.");
                return;
            }

            try
            {
                Act(new ReplayInput(document.RootElement));
            }
            catch (Exception problem) when (problem is FormatException or InvalidOperationException or ArgumentException)
            {
                // Every member is read before the fleet is called, and nothing is written before it has answered.
                _json.WriteRefusal("InvalidMember", problem is FormatException ? problem.Message : "A member is missing, of the wrong type or out of its range.");
            }
        }
    }

    private void Act(ReplayInput line)
    {
        switch (line.Text("op"))
        {
            case "reset": Reset(); break;
            case "snapshot": _json.WriteResult([]); break;
            case "recent_events": _json.WriteResult(_fleet.RecentEvents()); break;
            case "set_policy": SetPolicy(line); break;
            case "reap": _json.WriteResult(_fleet.ReapExpired(line.Now)); break;
            case "mark_stale": _json.WriteResult(_fleet.MarkStale(line.Now)); break;
            case "register": _json.WriteResult(_fleet.Register(line.Attestation, line.Now)); break;
            case "reattest": _json.WriteResult(_fleet.Reattest(line.Attestation, line.Now)); break;
            case "heartbeat": _json.WriteResult(_fleet.Heartbeat(line.WorkerId, line.Health, line.Now)); break;
            case "reverify": _json.WriteResult(_fleet.Reverify(line.WorkerId, line.Now)); break;
            case "resume": _json.WriteResult(_fleet.Resume(line.WorkerId, line.Now)); break;
            case "deregister": _json.WriteResult(_fleet.Deregister(line.WorkerId, line.Now)); break;
            case "assign": _json.WriteResult(_fleet.Assign(line.WorkerId, line.Request, NextLease(), line.Now)); break;
            case "assign_next": _json.WriteResult(_fleet.AssignNext(line.Request, NextLease(), line.Now)); break;
            case "start": _json.WriteResult(_fleet.Start(line.WorkerId, LeaseOf(line), line.Now)); break;
            case "renew": _json.WriteResult(_fleet.Renew(line.WorkerId, LeaseOf(line), line.TtlMs, line.Now)); break;
            case "complete": _json.WriteResult(_fleet.Complete(line.WorkerId, LeaseOf(line), line.Cleanup, line.Now)); break;
            case "force_cleanup": _json.WriteResult(_fleet.ForceCleanup(line.WorkerId, line.Cleanup, line.Now)); break;
            case "quarantine": _json.WriteResult(_fleet.Quarantine(line.WorkerId, line.ReasonCode, line.Now)); break;
            case "drain": _json.WriteResult(_fleet.Drain(line.WorkerId, line.ReasonCode, line.Now)); break;
            case "revoke_lease": _json.WriteResult(_fleet.RevokeLease(line.WorkerId, line.LeaseId, line.ReasonCode, line.Now)); break;
            case "quarantine_all": _json.WriteResult(_fleet.QuarantineAll(line.ReasonCode, line.Now)); break;
            default: _json.WriteRefusal("UnknownOperation", "The op is not one of the replay format."); break;
        }
    }

    private void Reset()
    {
        _fleet = EmptyFleet();
        _lastLease = 0;
        _json.WriteResult([]);
    }

    private void SetPolicy(ReplayInput line)
    {
        _fleet.SetPolicy(line.Policy with { AllowUnsignedAttestations = !_requireSigned });
        _json.WriteResult([]);
    }

    private WorkerFleet EmptyFleet() => new(new WorkerFleetPolicy { AllowUnsignedAttestations = !_requireSigned });

    private LeaseId NextLease() => new(Ulid.FromBits(++_lastLease));

    // Without a lease id the active lease is meant; without one of those the default, which no lease has.
    private LeaseId LeaseOf(ReplayInput line) =>
        line.LeaseId ?? (_fleet.TryGet(line.WorkerId, out var worker) && worker.Lease is { } lease ? lease.LeaseId : default);
}
