using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Palyra.Adapters.Egress.Vault;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Time;
using Palyra.Host.Gateway;

namespace Palyra.Host.Admin;

/// <summary>The secrets that the proxy injects: put in and taken out by name, never read.</summary>
internal sealed class SecretRoutes(GatewayServices services)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/secrets/store", context => ChangeAsync(context, "vault.secret_stored", (secret, body) =>
        {
            var value = Encoding.UTF8.GetBytes(body.Text("value") ?? "");
            services.Vault.Store(secret, value);
            CryptographicOperations.ZeroMemory(value);
            return true;
        }));
        routes.MapPost("/v1/secrets/delete", context => ChangeAsync(context, "vault.secret_deleted", (secret, _) => services.Vault.Delete(secret)));
    }

    private async Task ChangeAsync(HttpContext context, string what, Func<SecretReference, JsonElement, bool> change)
    {
        var body = await AdminAnswer.BodyAsync(context);
        var secret = SecretReference.Vault(body.Text("path") ?? "");
        if (!secret.IsVaultPath || Encoding.UTF8.GetByteCount(secret.Path) > StoreSecretVault.MaxPathBytes || (what == "vault.secret_stored" && body.Text("value") is not { Length: > 0 }))
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, "vault.invalid_secret", $"A secret has a path scope/key of at most {StoreSecretVault.MaxPathBytes} bytes and is not empty.");
            return;
        }

        // Before it takes effect: what cannot be audited does not happen.
        await services.Audit.AppendAsync(new AuditRecord
        {
            At = UnixTime.Now(services.Clock),
            Event = what,
            Outcome = AuditOutcome.Allowed,
            Actor = body.Text("by") ?? "operator",
            Fields = [new("path", secret.Path)],
        }, context.RequestAborted);
        var changed = change(secret, body);
        await AdminAnswer.ObjectAsync(context, json =>
        {
            json.WriteString("path", secret.Path);
            json.WriteBoolean("changed", changed);
        });
    }
}
