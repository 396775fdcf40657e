namespace Palyra.Domain.Identity;

/// <summary>Keeps the identity state across restarts, sealed.</summary>
/// <remarks>Synchronous: the state is small and changes on pairing, rotation and revocation only. Called under the registry's lock.</remarks>
public interface IIdentityStateStore
{
    /// <summary>The state as last saved; the empty one when nothing ever was.</summary>
    /// <exception cref="Secrets.SecretStoreException">There is one and it cannot be opened. The registry must not start without it.</exception>
    IdentityState Load();

    /// <summary>Replaces the state atomically. Durable once this returns.</summary>
    void Save(IdentityState state);
}
