using System.Net;
using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Json.Entropy;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Pairing;

/// <summary>
/// The gateway dies at each of the writes to disk that a pairing makes, before it took effect or after, and is started again. The node and the operator go on as
/// they would.
/// </summary>
public sealed class PairingCrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_AtAnyWrite_LeavesACodeOrARequestAndInTheEndOneCertificateThatCounts(bool written)
    {
        var crashes = 0;
        for (var write = 0; ; write++)
        {
            using var world = new World { WritesLeft = write, IsWritten = written };
            if (await world.PairUntilItCrashesAsync())
            {
                Assert.InRange(crashes, 4, 20);
                return;
            }

            crashes++;
            await world.RestartAsync();
            world.AssertTheCodeWasUsedByTheRequestOrNotAtAll();
            await world.GoOnAsync();
            await world.AssertOneCertificateCountsAsync();
        }
    }

    /// <summary>Two stores on one disk, which fails at a chosen write.</summary>
    private sealed class World : INodeRuntimeStore, IIdentityStateStore, IDisposable
    {
        private readonly TestGateway _gateway = new();
        private readonly DeviceUnderPairing _device = new(TestGateway.NewDeviceId());
        private readonly InMemoryNodeRuntimeStore _runtimeOnDisk = new();
        private IdentityState _identitiesOnDisk = IdentityState.Empty;
        private NodeRuntime _runtime = null!;
        private IdentityRegistry _registry = null!;
        private PairingService? _service;
        private string? _code;
        private PairingSessionId? _session;

        internal int WritesLeft { get; set; }

        internal bool IsWritten { get; init; }

        internal async Task<bool> PairUntilItCrashesAsync()
        {
            try
            {
                await StartAsync();
                await RequestAsync();
                await CollectAsync();
                return true;
            }
            catch (Exception crash) when (crash is IOException or NodeRuntimeStoreException)
            {
                return false;
            }
        }

        internal async Task RestartAsync()
        {
            WritesLeft = int.MaxValue;
            _service?.Dispose();
            await StartAsync();
        }

        internal void AssertTheCodeWasUsedByTheRequestOrNotAtAll()
        {
            var isActive = _code is not null && _runtime.ListCodes().Any(code => code.Code == _code);
            Assert.Equal(_code is not null && !isActive ? 1 : 0, _runtime.ListPairings().Count);
        }

        internal async Task GoOnAsync()
        {
            if (_session is not { } session || !(await _service!.StatusAsync(session, _device.Id)).IsOk)
            {
                await RequestAsync();
            }

            await CollectAsync();
        }

        internal async Task AssertOneCertificateCountsAsync()
        {
            var status = (await _service!.StatusAsync(_session!.Value, _device.Id)).Value;
            using var certificate = X509Certificate2.CreateFromPem(status.Material!.ClientCertificatePem);
            var given = CertificateFingerprint.Of(certificate.RawData);
            foreach (var registry in new[] { _registry, new IdentityRegistry(this) })
            {
                Assert.Equal(_device.Id, registry.Authenticate(given, _gateway.Now).Value);
                Assert.True(registry.TryGetIdentity(_device.Id, out var identity));
                Assert.All(identity.Certificates.Where(other => other.Fingerprint != given), other => Assert.False(registry.Authenticate(other.Fingerprint, _gateway.Now).IsOk));
            }

            Assert.Single(_runtime.ListPairings());
            Assert.Empty(_runtime.ListCodes());
        }

        NodeRuntimeState INodeRuntimeStore.Load() => _runtimeOnDisk.Copy();

        ValueTask INodeRuntimeStore.Append(IReadOnlyList<NodeRuntimeChange> changes)
        {
            var survives = WritesLeft-- > 0;
            if (survives || IsWritten)
            {
                _ = _runtimeOnDisk.Append(changes).AsTask();
            }

            return survives ? ValueTask.CompletedTask : ValueTask.FromException(new NodeRuntimeStoreException("The process died."));
        }

        void INodeRuntimeStore.Resume() { }

        IdentityState IIdentityStateStore.Load() => _identitiesOnDisk;

        void IIdentityStateStore.Save(IdentityState state)
        {
            var survives = WritesLeft-- > 0;
            if (survives || IsWritten)
            {
                _identitiesOnDisk = state;
            }

            if (!survives)
            {
                throw new IOException("The process died.");
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void Dispose()
        {
            _service?.Dispose();
            _device.Dispose();
            _gateway.Dispose();
        }

        private async Task StartAsync()
        {
            _registry = new IdentityRegistry(this);
            _runtime = await NodeRuntime.OpenAsync(this, new NodeRuntimeOptions { IsRevoked = _registry.IsRevoked }, _gateway.Clock, SystemEntropy.Instance);
            _service = new PairingService(_runtime, _registry, _gateway.Certificates, SystemEntropy.Instance, _gateway.Clock);
        }

        private async Task RequestAsync()
        {
            _code = _runtime.ListCodes() is [var active, ..] ? active.Code : (await _runtime.MintCode(PairingMethod.Pin, "operator")).Value.Code;
            var challenge = (await _service!.BeginAsync(2, "node", PairingMethod.Pin, _code, IPAddress.Loopback)).Value;
            _session = challenge.SessionId;
            Assert.True((await _service.CompleteAsync(_device.Answer(challenge, _code).Completion)).IsOk);
        }

        private async Task CollectAsync()
        {
            var session = _session!.Value;
            if ((await _service!.StatusAsync(session, _device.Id)).Value.State == PairingRequestState.PendingApproval)
            {
                Assert.True((await _runtime.Approve(session, new PairingDecision("operator"))).IsOk);
            }

            Assert.Equal(PairingRequestState.Completed, (await _service!.StatusAsync(session, _device.Id)).Value.State);
        }
    }
}
