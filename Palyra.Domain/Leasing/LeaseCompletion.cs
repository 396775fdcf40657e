using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>How a worker's last completed lease ended, kept so that the same report sent again gets the same answer.</summary>
public sealed record LeaseCompletion(LeaseId LeaseId, RunId RunId, CleanupReport Report, WorkerState State, UnixTime At);
