namespace Palyra.Tests.Builders;

/// <summary>Seeded mutations of bytes: flips, cuts, insertions, repetitions, lengths that lie.</summary>
internal static class Mutations
{
    public static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var rounds = random.Next(1, 5); rounds > 0 && bytes.Count > 0; rounds--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(32, bytes.Count - at) + 1));
                    break;
                case 3:
                    var inserted = new byte[random.Next(1, 32)];
                    random.NextBytes(inserted);
                    bytes.InsertRange(at, inserted);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(0, Math.Min(64, bytes.Count - at) + 1)));
                    break;
                default:
                    bytes[at] = new byte[] { 0, 0x7f, 0x80, 0x84, 0xff }[random.Next(5)];
                    break;
            }
        }

        return [.. bytes];
    }
}
