using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>The URIs of a subject alternative name extension (RFC 5280, 4.2.1.6), which the platform reads DNS names and addresses of only.</summary>
internal static class GeneralNames
{
    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    internal static IEnumerable<string> Uris(X509Extension extension)
    {
        var uris = new List<string>();
        try
        {
            var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriTag))
                {
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }
        catch (AsnContentException)
        {
            return [];
        }

        return uris;
    }
}
