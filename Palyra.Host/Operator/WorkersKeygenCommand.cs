using System.CommandLine;
using System.Security.Cryptography;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Operator;

/// <summary><c>palyra workers keygen</c>: a key pair that vouches for workers. Needs no gateway.</summary>
internal static class WorkersKeygenCommand
{
    private static readonly Argument<string> File = new("file") { Description = "Where the private key goes; the public one goes beside it, ending in .pub." };

    internal static Command Build()
    {
        var command = new Command("keygen", "Make a key pair that vouches for workers, ECDSA P-256, PEM.") { File };
        command.SetAction(Run);
        return command.WithExamples("palyra workers keygen signer.pem");
    }

    private static int Run(ParseResult parsed)
    {
        var privateFile = parsed.GetValue(File)!;
        var publicFile = Path.ChangeExtension(privateFile, ".pub");
        if (string.Equals(privateFile, publicFile, StringComparison.Ordinal))
        {
            throw CommandFailureException.Usage("the private key's file must not end in .pub.");
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        try
        {
            Write(privateFile, key.ExportPkcs8PrivateKeyPem());
            Write(publicFile, key.ExportSubjectPublicKeyInfoPem());
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw CommandFailureException.Refused(HostReason.KeygenNotWritten, unwritable.Message);
        }

        OperatorCommand.Print(Terminal.For(parsed), json =>
        {
            json.WriteString("private_key", privateFile);
            json.WriteString("public_key", publicFile);
        });
        return ExitCode.Ok;
    }

    /// <summary>Never over a key that is there already, and readable by its owner only.</summary>
    private static void Write(string file, string pem)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(file, options);
        writer.Write(pem + "\n");
    }
}
