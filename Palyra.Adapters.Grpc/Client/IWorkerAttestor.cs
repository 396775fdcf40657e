using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>Vouches for this worker: what it runs, signed by whoever built or booted it.</summary>
public interface IWorkerAttestor
{
    /// <summary>A DSSE envelope over an attestation that names the device as its worker and carries the challenge.</summary>
    /// <returns>The envelope, JSON in UTF-8.</returns>
    ValueTask<byte[]> AttestAsync(DeviceId device, ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken);
}
