using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>The streams that are open and who opened them, so that a revocation ends them at once and not at their next message.</summary>
internal sealed class OpenStreams : IRevocationObserver
{
    private readonly Lock _lock = new();
    private readonly HashSet<OpenStream> _streams = [];
    private TaskCompletionSource? _empty;

    /// <summary>How many streams are open.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>Takes a stream in until it is disposed of. The caller must judge its certificate again afterwards: a revocation may just have passed by.</summary>
    internal OpenStream Open(Caller caller)
    {
        var stream = new OpenStream(this, caller);
        lock (_lock)
        {
            _streams.Add(stream);
        }

        RpcMetrics.StreamOpened();

        return stream;
    }

    /// <summary>Completes when no stream is open.</summary>
    internal Task WhenEmpty()
    {
        lock (_lock)
        {
            return _streams.Count == 0
                ? Task.CompletedTask
                : (_empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public void OnDeviceRevoked(DeviceId device, Revocation revocation) => End(stream => stream.Caller.Device == device);

    public void OnCertificatesRevoked(DeviceId device, IReadOnlyList<CertificateFingerprint> fingerprints) =>
        End(stream => !stream.Caller.Certificate.IsEmpty && fingerprints.Contains(stream.Caller.Certificate));

    internal void Close(OpenStream stream)
    {
        lock (_lock)
        {
            if (!_streams.Remove(stream))
            {
                return;
            }

            if (_streams.Count == 0)
            {
                _empty?.TrySetResult();
                _empty = null;
            }
        }

        RpcMetrics.StreamClosed();
    }

    private void End(Predicate<OpenStream> match)
    {
        List<OpenStream> ended;
        lock (_lock)
        {
            ended = [.. _streams.Where(stream => match(stream))];
        }

        foreach (var stream in ended)
        {
            stream.End();
        }
    }
}
