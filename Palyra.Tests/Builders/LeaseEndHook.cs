using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;

namespace Palyra.Tests.Builders;

/// <summary>Calls a test in the moment in which a lease ends.</summary>
internal sealed class LeaseEndHook(Action hook) : IFleetObserver
{
    public void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease)
    {
        if (endedLease is not null)
        {
            hook();
        }
    }
}
