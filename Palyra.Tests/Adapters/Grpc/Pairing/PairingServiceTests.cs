using System.Net;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Json.Entropy;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Pairing;

public sealed class PairingServiceTests : IAsyncLifetime
{
    private static readonly IPAddress Here = IPAddress.Loopback;
    private readonly TestGateway _gateway = new();
    private readonly DeviceUnderPairing _device = new(TestGateway.NewDeviceId());
    private readonly InMemoryNodeRuntimeStore _store = new();
    private readonly MemoryAuditSink _audit = new();
    private NodeRuntime _runtime = null!;
    private PairingService _service = null!;

    public async Task InitializeAsync()
    {
        _runtime = await NodeRuntime.OpenAsync(_store, null, _gateway.Clock, SystemEntropy.Instance);
        _service = NewService();
    }

    public async Task DisposeAsync()
    {
        _service.Dispose();
        await _runtime.DisposeAsync();
        _device.Dispose();
        _gateway.Dispose();
    }

    [Fact]
    public async Task Complete_Verified_WaitsForAPersonAndUsesUpTheCode()
    {
        var (code, challenge) = await BeginAsync();
        var status = (await _service.CompleteAsync(_device.Answer(challenge, code).Completion)).Value;
        Assert.Equal(PairingRequestState.PendingApproval, status.State);
        Assert.Equal("operator", status.CodeIssuedBy);
        Assert.Empty(_runtime.ListCodes());
        Assert.Equal("InvalidPairingCode", (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Refusal!.Code);
    }

    [Fact]
    public async Task Complete_AnswerLostAndSentAgain_GivesTheSameRequest()
    {
        var (code, challenge) = await BeginAsync();
        var (completion, _) = _device.Answer(challenge, code);
        var first = (await _service.CompleteAsync(completion)).Value;
        Assert.Equal(first, (await _service.CompleteAsync(completion)).Value);
        Assert.Equal("pairing.already_completed", (await _service.CompleteAsync(_device.Answer(challenge, code).Completion)).Refusal!.Code);
        Assert.Single(_runtime.ListPairings());
    }

    [Fact]
    public async Task Complete_SentTwiceAtOnce_MakesOneRequest()
    {
        var (code, challenge) = await BeginAsync();
        var (completion, _) = _device.Answer(challenge, code);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () => await _service.CompleteAsync(completion))));
        Assert.All(answers, answer => Assert.Equal(challenge.SessionId, answer.Value.SessionId));
        Assert.Single(_runtime.ListPairings());
    }

    [Fact]
    public async Task Complete_SecondSessionOnAUsedCode_IsRefused()
    {
        var (code, first) = await BeginAsync();
        var second = (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Value;
        using var other = new DeviceUnderPairing(TestGateway.NewDeviceId());
        Assert.True((await _service.CompleteAsync(_device.Answer(first, code).Completion)).IsOk);
        Assert.Equal("pairing.wrong_code", (await _service.CompleteAsync(other.Answer(second, code).Completion)).Refusal!.Code);
        Assert.Single(_runtime.ListPairings());
    }

    [Fact]
    public async Task Complete_RacingSessionsOnOneCode_OneWins()
    {
        var (code, first) = await BeginAsync();
        var challenges = new[] { first, (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Value, (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Value };
        var answers = await Task.WhenAll(challenges.Select(challenge => Task.Run(async () => await _service.CompleteAsync(_device.Answer(challenge, code).Completion))));
        Assert.Single(answers, answer => answer.IsOk);
        Assert.All(answers.Where(answer => !answer.IsOk), answer => Assert.Equal("pairing.wrong_code", answer.Refusal!.Code));
        Assert.Single(_runtime.ListPairings());
    }

    [Fact]
    public async Task Begin_FourthSessionOnACode_IsRefusedUntilOneEnds()
    {
        var (code, first) = await BeginAsync();
        await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here);
        await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here);
        Assert.Equal("TooManyPairingSessions", (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Refusal!.Code);
        Assert.Equal("pairing.no_proof_of_possession", (await _service.CompleteAsync(_device.Answer(first, code, [1]).Completion)).Refusal!.Code);
        Assert.True((await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).IsOk);
        Assert.Equal("TooManyPairingSessions", (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Refusal!.Code);
        _gateway.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True((await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).IsOk);
    }

    [Fact]
    public async Task Complete_FiveWrongCodes_WithdrawEveryPin()
    {
        var (code, challenge) = await BeginAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("pairing.wrong_code", (await _service.CompleteAsync(_device.Answer(challenge, $"bad-{i}").Completion)).Refusal!.Code);
        }

        Assert.Empty(_runtime.ListCodes());
        Assert.Equal("pairing.wrong_code", (await _service.CompleteAsync(_device.Answer(challenge, code).Completion)).Refusal!.Code);
    }

    [Fact]
    public async Task Begin_TooManyFromOneAddress_IsRateLimitedBeforeTheCodeIsLookedAt()
    {
        for (var i = 0; i < 10; i++)
        {
            await _service.BeginAsync(2, "node", PairingMethod.Qr, "wrong", Here);
        }

        var (code, _) = (await _runtime.MintCode(PairingMethod.Qr, "operator")).Value is var minted ? (minted.Code, minted) : default;
        Assert.Equal("pairing.rate_limited", (await _service.BeginAsync(2, "node", PairingMethod.Qr, code, Here)).Refusal!.Code);
        Assert.True((await _service.BeginAsync(2, "node", PairingMethod.Qr, code, IPAddress.Parse("192.0.2.1"))).IsOk);
    }

    [Fact]
    public async Task Begin_Version1_SaysWhatToDo()
    {
        var refusal = (await _service.BeginAsync(1, "node", PairingMethod.Pin, "123456", Here)).Refusal!;
        Assert.Equal("pairing.unsupported_version", refusal.Code);
        Assert.Contains("version 2", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Complete_RevokedDevice_IsRefusedUntilItIsCleared()
    {
        _gateway.Registry.Revoke(_device.Id, "stolen", _gateway.Now);
        var (code, challenge) = await BeginAsync();
        Assert.Equal("pairing.device_revoked", (await _service.CompleteAsync(_device.Answer(challenge, code).Completion)).Refusal!.Code);
        _gateway.Registry.ClearRevocation(_device.Id, _gateway.Now);
        var again = (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Value;
        Assert.True((await _service.CompleteAsync(_device.Answer(again, code).Completion)).IsOk);
    }

    [Fact]
    public async Task Status_ApprovedForATime_PairsUntilThen()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator", null, 3_600_000));
        Assert.True((await _service.StatusAsync(session, _device.Id)).IsOk);
        Assert.True(_gateway.Registry.TryGetIdentity(_device.Id, out var identity));
        var fingerprint = identity.Current!.Fingerprint;
        Assert.True(_gateway.Registry.Authenticate(fingerprint, _gateway.Now.AddMilliseconds(3_599_999L)).IsOk);
        Assert.Equal("identity.pairing_over", _gateway.Registry.Authenticate(fingerprint, _gateway.Now.AddMilliseconds(3_600_000L)).Refusal!.Code);
    }

    [Fact]
    public async Task Status_ApprovalOverBeforeItIsCollected_IssuesNothing()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator", null, 1_000));
        _gateway.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("identity.pairing_over", (await _service.StatusAsync(session, _device.Id)).Refusal!.Code);
        Assert.False(_gateway.Registry.TryGetIdentity(_device.Id, out _));
    }

    [Fact]
    public async Task Status_Approved_IssuesTheCertificateOnce()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator"));
        var polls = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () => (await _service.StatusAsync(session, _device.Id)).Value)));
        var pem = Assert.Single(polls.Select(poll => poll.Material!.ClientCertificatePem).Distinct());
        Assert.Equal(pem, (await _service.StatusAsync(session, _device.Id)).Value.Material!.ClientCertificatePem);
        Assert.True(_gateway.Registry.TryGetIdentity(_device.Id, out var identity));
        Assert.Single(identity.Certificates);
        Assert.False(_gateway.Registry.TryGetEnrollment(session, _gateway.Now, out _));
    }

    [Fact]
    public async Task Status_OfAnotherDevicesPairing_IsUnknown()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator"));
        Assert.Equal("UnknownPairingRequest", (await _service.StatusAsync(session, TestGateway.NewDeviceId())).Refusal!.Code);
        Assert.False(_gateway.Registry.TryGetIdentity(_device.Id, out _));
    }

    [Fact]
    public async Task Status_ApprovedThenNotCollectedInTime_IssuesNothing()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator"));
        _gateway.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(PairingRequestState.Expired, (await _service.StatusAsync(session, _device.Id)).Value.State);
        Assert.False(_gateway.Registry.TryGetIdentity(_device.Id, out _));
    }

    [Fact]
    public async Task Status_RevokedBetweenApprovalAndCollection_IssuesNothing()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator"));
        _gateway.Registry.Revoke(_device.Id, "second thoughts", _gateway.Now);
        Assert.Equal("identity.device_revoked", (await _service.StatusAsync(session, _device.Id)).Refusal!.Code);
        Assert.True(_runtime.TryFindPairing(session, out var request));
        Assert.Null(request.Material);
    }

    [Fact]
    public async Task Status_GatewayRestartedBeforeTheApproval_StillIssues()
    {
        var session = await RequestAsync();
        using var restarted = NewService();
        await _runtime.Approve(session, new PairingDecision("operator"));
        Assert.Equal(PairingRequestState.Completed, (await restarted.StatusAsync(session, _device.Id)).Value.State);
    }

    [Fact]
    public async Task Rotate_Owner_GetsANewCertificateForTheNewKey()
    {
        using var certificate = _gateway.Pair(_device.Id);
        var rotated = (await _service.RotateAsync(_device.Id, CertificateFingerprint.Of(certificate.RawData), SigningRequests.P256())).Value;
        Assert.Equal(_device.Id, _gateway.Registry.Authenticate(rotated.Issued.Fingerprint, _gateway.Now).Value);
    }

    [Fact]
    public async Task Rotate_SomebodyElse_IsRefused()
    {
        using var certificate = _gateway.Pair(TestGateway.NewDeviceId());
        using var own = _gateway.Pair(_device.Id);
        var foreign = CertificateFingerprint.Of(certificate.RawData);
        Assert.Equal("identity.device_mismatch", (await _service.RotateAsync(_device.Id, foreign, SigningRequests.P256())).Refusal!.Code);
        Assert.Equal("identity.unknown_certificate", (await _service.RotateAsync(_device.Id, default, SigningRequests.P256())).Refusal!.Code);
        var mine = CertificateFingerprint.Of(own.RawData);
        Assert.Equal("certificate.no_proof_of_possession", (await _service.RotateAsync(_device.Id, mine, SigningRequests.WithoutPossession())).Refusal!.Code);
        Assert.True(_gateway.Registry.TryGetIdentity(_device.Id, out var identity));
        Assert.Single(identity.Certificates);
    }

    [Fact]
    public async Task Audit_TellsWhoAskedWhoApprovedAndWhatWasIssued()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("alice", "known laptop"));
        var certificate = (await _service.StatusAsync(session, _device.Id)).Value.Material!.ClientCertificatePem;
        _gateway.Registry.Revoke(_device.Id, "stolen", _gateway.Now);
        var (code, challenge) = await BeginAsync();
        await _service.CompleteAsync(_device.Answer(challenge, code).Completion);

        Assert.Equal(
            ["pairing.requested Allowed ", "pairing.certificate_issued Allowed ", "identity.device_revoked Allowed ", "pairing.refused Denied pairing.device_revoked"],
            _audit.Records.Select(record => $"{record.Event} {record.Outcome} {record.ReasonCode}"));
        var issued = _audit.Records.ElementAt(1).Fields.ToDictionary();
        Assert.Equal(("alice", "known laptop"), (issued["decided_by"], issued["decision_reason"]));
        using var parsed = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(certificate);
        Assert.Equal(CertificateFingerprint.Of(parsed.RawData).ToString(), issued["certificate"]);
        Assert.All(_audit.Records, record => Assert.DoesNotContain(record.Fields, field => field.Value.Contains(code, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Audit_Broken_NoCertificateIsGivenOut()
    {
        var session = await RequestAsync();
        await _runtime.Approve(session, new PairingDecision("operator"));
        _audit.IsBroken = true;
        await Assert.ThrowsAsync<Palyra.Domain.Audit.AuditSinkException>(async () => await _service.StatusAsync(session, _device.Id));
        Assert.False(_gateway.Registry.TryGetIdentity(_device.Id, out _));
        _audit.IsBroken = false;
        Assert.Equal(PairingRequestState.Completed, (await _service.StatusAsync(session, _device.Id)).Value.State);
    }

    [Fact]
    public void Metrics_CountCertificatesByDaysLeft()
    {
        using var certificate = _gateway.Pair(_device.Id);
        var seen = new List<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "palyra.certificates")
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => seen.Add($"{value} {tags[0].Value} {tags[1].Value}"));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Contains("1 authority 365+", seen);
        Assert.Contains("1 device 0", seen);
    }

    private PairingService NewService() => new(_runtime, _gateway.Registry, _gateway.Certificates, SystemEntropy.Instance, _gateway.Clock, _audit);

    private async Task<(string Code, PairingChallenge Challenge)> BeginAsync()
    {
        var code = (await _runtime.MintCode(PairingMethod.Pin, "operator")).Value.Code;
        return (code, (await _service.BeginAsync(2, "node", PairingMethod.Pin, code, Here)).Value);
    }

    private async Task<PairingSessionId> RequestAsync()
    {
        var (code, challenge) = await BeginAsync();
        return (await _service.CompleteAsync(_device.Answer(challenge, code).Completion)).Value.SessionId;
    }
}
