using System.Text;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Tests.Fuzz;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Properties.Egress;

/// <summary>Seeded mutations of URLs: never an exception, and what is let through is what every other reader would dial, too.</summary>
public class UrlFuzzTests
{
    private static readonly string[] Seeds =
    [
        "https://api.example.com/v1/items?page=2#top", "http://93.184.216.34:80/", "https://[2606:4700:4700::1111]:443/x", "http://127.0.0.1/", "https://xn--bcher-kva.example/",
        "http://0x7f.1/", "https://user:pw@api.example.com/", "http://[::ffff:127.0.0.1]/", "https://api.example.com./", "http://[fe80::1%25eth0]/",
    ];

    private const string Spices = "abcxX0179.-_:/\\@#?%[]&=+~ \t\r\n\0\u007f\u00ad\u3002\uff11\u24db\u0430";

    [Fact]
    public void Judge_MutatedUrls_NeverThrowsAndAgreesWithThePlatformOnWhatItAllows()
    {
        var allowed = 0;
        Fuzzer.Run("url", Mutated(6, Seeds), input =>
        {
            var url = Encoding.UTF8.GetString(input);
            var verdict = EgressDecider.Judge(AnyHost, Request(url), [Public]);
            Assert.StartsWith("egress.", verdict.ReasonCode, StringComparison.Ordinal);
            if (verdict.Allowed)
            {
                allowed++;
                var other = new Uri(url);
                Assert.True(verdict.Port == other.Port, url);
                Assert.True(verdict.Host == other.IdnHost.TrimEnd('.') || verdict.Target.Literal == InternetAddress.From(System.Net.IPAddress.Parse(other.IdnHost)), url);
                Assert.Equal("", other.UserInfo);
            }
        });

        Assert.InRange(allowed, Fuzzer.Inputs / 20, Fuzzer.Inputs - (Fuzzer.Inputs / 20));
    }

    [Fact]
    public void Judge_MutatedUrls_ReachesNothingOutsideTheAllowlist()
    {
        Fuzzer.Run("url", Mutated(7, Seeds), input =>
        {
            var url = Encoding.UTF8.GetString(input);
            var verdict = EgressDecider.Judge(Policy(), Request(url), [Public]);
            Assert.True(!verdict.Allowed || verdict.Host == ApiHost, url);
        });
    }

    [Fact]
    public void Judge_MutatedHosts_NeverDialsALoopbackLiteral()
    {
        Fuzzer.Run("url-host", Mutated(8, "127.0.0.1", "[::1]", "0x7f000001", "localhost", "[::ffff:7f00:1]"), input =>
        {
            var host = Encoding.UTF8.GetString(input);
            var verdict = EgressDecider.Judge(AnyHost, Request($"http://{host}/"), [Public]);
            Assert.True(!verdict.Allowed || verdict.Addresses.All(address => AddressTable.Classify(address).IsGloballyReachable), host);
        });
    }

    private static IEnumerable<byte[]> Mutated(int seed, params string[] good)
    {
        var random = new Random(seed);
        for (var i = 0; i < Fuzzer.Inputs; i++)
        {
            yield return Encoding.UTF8.GetBytes(Mutate(random, good[random.Next(good.Length)]));
        }
    }

    private static string Mutate(Random random, string seed)
    {
        var text = new StringBuilder(seed);
        for (var edits = random.Next(4); edits > 0 && text.Length > 0; edits--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text.Insert(at, Spices[random.Next(Spices.Length)]);
                    break;
                case 1:
                    text.Remove(at, 1);
                    break;
                case 2:
                    text[at] = Spices[random.Next(Spices.Length)];
                    break;
                default:
                    var length = Math.Min(random.Next(1, 6), text.Length - at);
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
            }
        }

        return text.ToString();
    }
}
