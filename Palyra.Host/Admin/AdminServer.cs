using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Palyra.Host.Admin;

/// <summary>Serves the admin API on the gateway's socket, readable and writable by its owner only.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private AdminServer(WebApplication application, string address)
    {
        _application = application;
        Address = address;
    }

    internal string Address { get; }

    internal static async Task<AdminServer> StartAsync(AdminApi api, string address, ILoggerFactory loggers, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsWindows())
        {
            if (System.Text.Encoding.UTF8.GetByteCount(address) > AdminAddress.MaxSocketPathBytes)
            {
                throw new IOException($"{address}: longer than the {AdminAddress.MaxSocketPathBytes} bytes that a Unix socket's path may have; use a shorter state root.");
            }

            // The state root is locked by this process, so what lies here is left over from one that is gone.
            File.Delete(address);
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 32 * 1024 * 1024;
            if (OperatingSystem.IsWindows())
            {
                kestrel.ListenNamedPipe(address[@"\\.\pipe\".Length..]);
            }
            else
            {
                kestrel.ListenUnixSocket(address);
            }
        });
        if (OperatingSystem.IsWindows())
        {
            builder.WebHost.UseNamedPipes(pipes => pipes.CurrentUserOnly = true);
        }

        builder.Services.AddRoutingCore();
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        var application = builder.Build();
        var logger = loggers.CreateLogger(typeof(AdminFailure).FullName!);
        application.Use((context, next) => AdminFailure.AnswerAsync(context, next, logger));
        application.UseRouting();
        api.Map(application);
        await application.StartAsync(cancellation);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(address, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return new AdminServer(application, address);
    }

    /// <summary>Takes no request more, ends the watches, and waits for the answers that are under way until this is cancelled.</summary>
    internal Task StopAsync(CancellationToken cancellation) => _application.StopAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(Address);
        }
    }
}
