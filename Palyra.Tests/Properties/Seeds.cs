#if !RANDOM_SEEDS
// The suite gives the same answer twice; `dotnet test -p:RandomSeeds=true` looks where nobody has looked yet.
[assembly: FsCheck.Xunit.Properties(Replay = "(13505170215481758723,7782464858396211245)")]
#endif
