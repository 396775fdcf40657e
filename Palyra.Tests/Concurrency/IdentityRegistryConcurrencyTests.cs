using Palyra.Domain.Identity;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Identities;

namespace Palyra.Tests.Concurrency;

public class IdentityRegistryConcurrencyTests
{
    [Fact]
    public async Task Authenticate_WhileOthersPairAndRevoke_NeverLetsARevokedCertificateIn()
    {
        var registry = new IdentityRegistry(new MemoryIdentityStore());
        const int devices = 16, rounds = 60;
        var revokedUpTo = new int[devices];
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            while (!done.IsCancellationRequested)
            {
                var device = random.Next(devices);
                // Everything up to this number was revoked before the question is asked.
                var number = Volatile.Read(ref revokedUpTo[device]);
                for (var i = 1; i <= number; i++)
                {
                    Assert.False(registry.Authenticate(Certificate((device * 1000) + i).Fingerprint, Start).IsOk);
                }
            }
        })).ToArray();
        var writers = Enumerable.Range(0, devices).Select(device => Task.Run(() =>
        {
            for (var i = 1; i <= rounds; i++)
            {
                var certificate = Certificate((device * 1000) + i);
                Assert.True(registry.Pair(Device(device), certificate, Start).IsOk);
                Assert.True(registry.Authenticate(certificate.Fingerprint, Start).IsOk);
                registry.Revoke(Device(device), "lost", Start);
                Volatile.Write(ref revokedUpTo[device], i);
                registry.ClearRevocation(Device(device), Start);
            }
        })).ToArray();
        await Task.WhenAll(writers);
        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Rotate_ManyAtOnce_LeavesOneCurrentCertificate()
    {
        var registry = new IdentityRegistry(new MemoryIdentityStore());
        registry.Pair(DeviceA, Certificate(0), Start);
        var results = await Task.WhenAll(Enumerable.Range(1, 20).Select(i => Task.Run(() =>
            registry.Rotate(DeviceA, Certificate(0).Fingerprint, Certificate(i), Start).IsOk)));
        Assert.All(results, Assert.True);
        Assert.Equal(1, Enumerable.Range(1, 20).Count(i => registry.Authenticate(Certificate(i).Fingerprint, Start).IsOk));
        Assert.True(registry.Authenticate(Certificate(0).Fingerprint, Start).IsOk);
    }
}
