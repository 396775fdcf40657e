using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Attestation;

public class AttestationDeciderTests
{
    private static readonly WorkerFleetPolicy Strict = Policy with
    {
        RequiredCapabilityAuthority = new string('9', 64),
        Attestation = new AttestationExpectation
        {
            ImageDigest = new string('A', 64),
            BuildDigest = new string('b', 64),
            ArtifactDigest = new string('c', 64),
        },
    };

    private static readonly WorkerAttestation Good = Claims() with { CapabilityAuthority = new string('9', 64) };

    // In the order of the checks. Each breaks one rule; broken together, the earliest one is told.
    private static readonly (string Code, string Part, Func<WorkerAttestation, WorkerAttestation> Break)[] Checks =
    [
        ("MissingWorkerId", "", good => good with { WorkerId = default }),
        ("NotYetValid", "issued_at", good => good with { IssuedAt = After(1) }),
        ("Expired", "", good => good with { ExpiresAt = Start }),
        ("MissingEgressProxyBinding", "", good => good with { EgressProxyAttested = false }),
        ("DigestMismatch", "image", good => good with { ImageDigest = "x" }),
        ("DigestMismatch", "build", good => good with { BuildDigest = new string('B', 63) }),
        ("DigestMismatch", "artifact", good => good with { ArtifactDigest = "" }),
        ("CompatibilityMismatch", "authority", good => good with { CapabilityAuthority = null }),
        ("CompatibilityMismatch", "SDK", good => good with { SdkProtocolVersion = 2 }),
        ("CompatibilityMismatch", "ABI", good => good with { WitAbiVersion = "PALYRA-worker-abi/v1" }),
        ("ValidityTooLong", "", good => good with { IssuedAt = good.IssuedAt.AddMilliseconds(-24 * 3_600_000L) }),
        ("NotYetValid", "heartbeat", good => good with { HeartbeatAt = After(5_001) }),
        ("InvalidAttestation", "", good => good with { SupportedCapabilities = [new string('ü', 65)] }),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Checks.Length)];

    [Fact]
    public void CheckAdmission_EverythingAsExpected_Passes() => Assert.Null(Check(Good));

    [Theory]
    [MemberData(nameof(Each))]
    public void CheckAdmission_OneRuleBroken_TellsIt(int check)
    {
        var refusal = Check(Checks[check].Break(Good));
        Assert.Equal(Checks[check].Code, refusal?.Code);
        Assert.Contains(Checks[check].Part, refusal?.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void CheckAdmission_ThatRuleAndAllLaterOnesBroken_TellsTheFirst(int check)
    {
        var broken = Checks[check..].Reverse().Aggregate(Good, (attestation, each) => each.Break(attestation));
        Assert.Equal(Checks[check].Code, Check(broken)?.Code);
        Assert.Contains(Checks[check].Part, Check(broken)?.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, null)]
    [InlineData(1, 2, "NotYetValid")]
    [InlineData(-1, 0, "Expired")]
    [InlineData(long.MinValue, long.MaxValue, "ValidityTooLong")]
    public void Check_Window_IncludesItsStartAndNotItsEnd(long issued, long expires, string? code)
    {
        var attestation = Claims() with { IssuedAt = After(issued), ExpiresAt = After(expires) };
        Assert.Equal(code, AttestationDecider.Check(attestation, CompiledFleetPolicy.Compile(Policy), Start)?.Code);
    }

    [Fact]
    public void CheckAdmission_AtTheLimits_Passes()
    {
        Assert.Null(Check(Good with { ExpiresAt = Good.IssuedAt.AddMilliseconds(24 * 3_600_000L) }));
        Assert.Null(Check(Good with { HeartbeatAt = After(5_000) }));
        Assert.Null(Check(Good with { SupportedCapabilities = [.. Enumerable.Repeat(new string('ü', 64), 256)] }));
        Assert.Null(Check(Good with { SupportedCapabilities = [""] }));
    }

    [Theory]
    [InlineData("image_digest_sha256")]
    [InlineData("build_digest_sha256")]
    [InlineData("artifact_digest_sha256")]
    [InlineData("capability_authority_sha256")]
    [InlineData("wit_abi_version")]
    [InlineData("supported_capabilities")]
    public void CheckAdmission_TextOverItsLimit_NamesTheField(string field)
    {
        var longText = new string('x', 129);
        var attestation = field switch
        {
            "image_digest_sha256" => Claims() with { ImageDigest = longText },
            "build_digest_sha256" => Claims() with { BuildDigest = longText },
            "artifact_digest_sha256" => Claims() with { ArtifactDigest = longText },
            "capability_authority_sha256" => Claims() with { CapabilityAuthority = longText },
            "wit_abi_version" => Claims() with { WitAbiVersion = longText },
            _ => Claims() with { SupportedCapabilities = [.. Enumerable.Repeat("x", 257)] },
        };
        var refusal = AttestationDecider.CheckAdmission(attestation, CompiledFleetPolicy.Compile(Policy with { RequiredWitAbiVersion = null }), Start);
        Assert.Equal(("InvalidAttestation", field), (refusal?.Code, refusal?.Subject));
    }

    [Fact]
    public void Check_NothingExpected_AcceptsAnything()
    {
        var open = Policy with
        {
            RequiredSdkProtocolVersion = null,
            RequiredWitAbiVersion = null,
            Attestation = new AttestationExpectation { RequireEgressProxy = false },
        };
        var odd = Claims() with { EgressProxyAttested = false, SdkProtocolVersion = 77, WitAbiVersion = "", ImageDigest = "" };
        Assert.Null(AttestationDecider.Check(odd, CompiledFleetPolicy.Compile(open), Start));
    }

    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "ABC", false)]
    [InlineData("abc", "abcd", false)]
    public void Check_DigestThatIsNotHex_ComparesAsGiven(string expected, string actual, bool equal)
    {
        var policy = Policy with { Attestation = new AttestationExpectation { ImageDigest = expected } };
        Assert.Equal(equal, AttestationDecider.Check(Claims() with { ImageDigest = actual }, CompiledFleetPolicy.Compile(policy), Start) is null);
    }

    [Fact]
    public void Check_AnotherHexDigest_IsAMismatch()
    {
        var policy = CompiledFleetPolicy.Compile(Policy with { Attestation = new AttestationExpectation { ImageDigest = new string('a', 64) } });
        Assert.Null(AttestationDecider.Check(Claims() with { ImageDigest = new string('A', 64) }, policy, Start));
        Assert.NotNull(AttestationDecider.Check(Claims() with { ImageDigest = new string('a', 63) + "b" }, policy, Start));
    }

    [Fact]
    public void Check_64CharactersThatAreNotAllHex_ComparesAsGiven()
    {
        var almost = "g" + new string('a', 63);
        var policy = CompiledFleetPolicy.Compile(Policy with { Attestation = new AttestationExpectation { ImageDigest = almost } });
        Assert.Null(AttestationDecider.Check(Claims() with { ImageDigest = almost }, policy, Start));
        Assert.NotNull(AttestationDecider.Check(Claims() with { ImageDigest = almost.ToUpperInvariant() }, policy, Start));
    }

    [Fact]
    public void Check_64CharactersOfWhichTwoAreNotHex_ComparesAsGiven()
    {
        var almost = "gg" + new string('a', 62);
        var policy = CompiledFleetPolicy.Compile(Policy with { Attestation = new AttestationExpectation { ImageDigest = almost } });
        Assert.Equal("DigestMismatch", AttestationDecider.Check(Claims() with { ImageDigest = almost.ToUpperInvariant() }, policy, Start)?.Code);
    }

    [Fact]
    public void CheckAdmission_EveryTextAtItsLimit_Passes()
    {
        var longest = new string('x', WorkerAttestation.MaxTextBytes);
        var attestation = Claims() with
        {
            ImageDigest = longest,
            BuildDigest = longest,
            ArtifactDigest = longest,
            CapabilityAuthority = longest,
            WitAbiVersion = longest,
            SupportedCapabilities = [longest],
        };
        Assert.Null(AttestationDecider.CheckAdmission(attestation, CompiledFleetPolicy.Compile(Policy with { RequiredWitAbiVersion = null }), Start));
    }

    [Theory]
    [InlineData(127, 127)]
    [InlineData(128, 128)]
    [InlineData(129, 128)]
    [InlineData(100_000, 128)]
    public void Check_OtherAbiVersion_IsToldShortened(int length, int told)
    {
        var detail = AttestationDecider.Check(Claims() with { WitAbiVersion = new string('x', length) }, CompiledFleetPolicy.Compile(Policy), Start)?.Detail;
        Assert.Contains($" {new string('x', told)} ", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void SupportedCapabilities_SetToNothing_AreNone()
    {
        Assert.Empty((Claims() with { SupportedCapabilities = null! }).SupportedCapabilities);
        Assert.Empty((Claims() with { SupportedCapabilities = [] }).SupportedCapabilities);
    }

    private static Refusal? Check(WorkerAttestation attestation) => AttestationDecider.CheckAdmission(attestation, CompiledFleetPolicy.Compile(Strict), Start);
}
