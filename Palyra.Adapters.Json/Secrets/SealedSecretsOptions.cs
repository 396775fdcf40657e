using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace Palyra.Adapters.Json.Secrets;

/// <summary>Where the sealed secrets and their key are.</summary>
public sealed class SealedSecretsOptions
{
    /// <summary>The folder of the sealed entries. Required.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The key file, created with a fresh key if absent; 0600. Not used when <see cref="Key"/> is given; one of the two is required.</summary>
    public string? KeyFile { get; set; }

    /// <summary>The 32-byte key, kept by the host, e.g. in a key management service.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public byte[]? Key { get; set; }

    /// <summary>
    /// The 32-byte keys that sealed before <see cref="Key"/>: they only open, until <see cref="SealedFileSecretStore.RotateKey"/> has sealed everything
    /// under <see cref="Key"/>. Only with <see cref="Key"/>; empty unless the host is replacing it.
    /// </summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public IReadOnlyList<byte[]> RetiredKeys { get; set; } = [];

    internal sealed class Validator : IValidateOptions<SealedSecretsOptions>
    {
        public ValidateOptionsResult Validate(string? name, SealedSecretsOptions options)
        {
            List<string> problems = [];
            if (string.IsNullOrWhiteSpace(options.Folder))
            {
                problems.Add($"{nameof(SealedSecretsOptions)}.{nameof(Folder)} is missing.");
            }

            if (options.Key is null && string.IsNullOrWhiteSpace(options.KeyFile))
            {
                problems.Add($"{nameof(SealedSecretsOptions)} needs a {nameof(KeyFile)} or a {nameof(Key)}.");
            }

            if (options.Key is { Length: not StoreKey.Length })
            {
                problems.Add($"{nameof(SealedSecretsOptions)}.{nameof(Key)} is not {StoreKey.Length} bytes long.");
            }

            if (options.RetiredKeys.Any(key => key is not { Length: StoreKey.Length }))
            {
                problems.Add($"{nameof(SealedSecretsOptions)}.{nameof(RetiredKeys)} holds a key that is not {StoreKey.Length} bytes long.");
            }

            if (options.Key is null && options.RetiredKeys.Count > 0)
            {
                problems.Add($"{nameof(SealedSecretsOptions)}.{nameof(RetiredKeys)} needs a {nameof(Key)}: a {nameof(KeyFile)} keeps its own.");
            }

            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
