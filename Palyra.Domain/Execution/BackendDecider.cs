namespace Palyra.Domain.Execution;

/// <summary>Chooses where a tool call runs. Pure; the first rule that applies decides.</summary>
public static class BackendDecider
{
    /// <summary>
    /// Decides between the backends of the inventory; a backend that is not in it is not selectable.
    /// </summary>
    /// <returns>
    /// <c>backend.default.local_sandbox</c>, <c>backend.available.&lt;id&gt;</c> or <c>backend.fallback.&lt;id&gt;</c>; denied with
    /// <c>backend.unavailable.networked_worker</c>, <c>backend.policy.unsatisfied.&lt;id&gt;</c> or <c>backend.policy.no_matching_backend</c>.
    /// A networked worker that is wanted or demanded never falls back to local.
    /// </returns>
    public static BackendResolution Decide(BackendRequest request, IReadOnlyCollection<BackendRecord> inventory)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(inventory);
        var local = Find(inventory, ExecutionBackend.LocalSandbox);
        if (request.Posture.DemandsNetworkedWorker || request.Preference == BackendPreference.NetworkedWorker)
        {
            return Networked(request, inventory);
        }

        return request.Preference switch
        {
            BackendPreference.Automatic => Automatic(request, inventory, local),
            BackendPreference.LocalSandbox or BackendPreference.DesktopNode => Preferred(request, inventory, local),
            _ => NothingFits(request),
        };
    }

    private static BackendResolution Automatic(BackendRequest request, IReadOnlyCollection<BackendRecord> inventory, BackendRecord? local)
    {
        if (local is { Selectable: true } && local.Isolation < request.Posture.MinimumIsolation)
        {
            return Networked(request, inventory);
        }

        if (Fits(local, request))
        {
            return new BackendResolution(request.Preference, ExecutionBackend.LocalSandbox, false, "backend.default.local_sandbox", local!.OperatorSummary);
        }

        foreach (var backend in (ReadOnlySpan<ExecutionBackend>)[ExecutionBackend.DesktopNode, ExecutionBackend.NetworkedWorker])
        {
            if (Find(inventory, backend) is { } other && Fits(other, request))
            {
                return Available(request, other);
            }
        }

        return NothingFits(request);
    }

    private static BackendResolution Preferred(BackendRequest request, IReadOnlyCollection<BackendRecord> inventory, BackendRecord? local)
    {
        var wanted = request.Preference.Backend();
        if (Find(inventory, wanted) is { Selectable: true } record)
        {
            return Fits(record, request) ? Available(request, record) : Unsatisfied(request, record);
        }

        return Fits(local, request)
            ? new BackendResolution(request.Preference, ExecutionBackend.LocalSandbox, true, $"backend.fallback.{wanted.Id()}",
                $"{wanted.Id()} cannot be selected now; the call runs in the local sandbox. {local!.OperatorSummary}")
            : NothingFits(request);
    }

    private static BackendResolution Networked(BackendRequest request, IReadOnlyCollection<BackendRecord> inventory)
    {
        // INVARIANT: whatever wants or demands a networked worker leaves through here, and no path from here leads to local.
        var record = Find(inventory, ExecutionBackend.NetworkedWorker);
        if (record is not { Selectable: true })
        {
            return Denied(request, "backend.unavailable.networked_worker",
                $"A networked worker is needed, none can be selected, and it never falls back to local. {record?.OperatorSummary ?? "There is no such backend."}");
        }

        return record.Covers(request.RequiredCapabilities) ? Available(request, record) : Unsatisfied(request, record);
    }

    private static bool Fits(BackendRecord? record, BackendRequest request) =>
        record is { Selectable: true } && record.Isolation >= request.Posture.MinimumIsolation && record.Covers(request.RequiredCapabilities);

    private static BackendRecord? Find(IReadOnlyCollection<BackendRecord> inventory, ExecutionBackend backend) =>
        inventory.FirstOrDefault(record => record.Backend == backend);

    private static BackendResolution Available(BackendRequest request, BackendRecord record) =>
        new(request.Preference, record.Backend, false, $"backend.available.{record.Backend.Id()}", record.OperatorSummary);

    private static BackendResolution Unsatisfied(BackendRequest request, BackendRecord record) => Denied(
        request, $"backend.policy.unsatisfied.{record.Backend.Id()}", $"{record.Backend.Id()} does not cover what the tool requires. {record.OperatorSummary}");

    private static BackendResolution NothingFits(BackendRequest request) =>
        Denied(request, "backend.policy.no_matching_backend", "No backend that can be selected fits what the tool requires.");

    private static BackendResolution Denied(BackendRequest request, string code, string reason) =>
        new(request.Preference, ExecutionBackend.None, false, code, reason);
}
