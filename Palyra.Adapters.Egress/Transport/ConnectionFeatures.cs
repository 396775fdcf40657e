using System.Collections;
using Microsoft.AspNetCore.Http.Features;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>
/// The features of one connection: the few that Kestrel sets, in an array. The usual collection is a dictionary, which is most of what an idle
/// connection would hold.
/// </summary>
internal sealed class ConnectionFeatures : IFeatureCollection
{
    private KeyValuePair<Type, object>[] _features = new KeyValuePair<Type, object>[6];
    private int _count;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public int Revision { get; private set; }

    /// <inheritdoc/>
    public object? this[Type key]
    {
        get => Find(key) is var at and >= 0 ? _features[at].Value : null;
        set
        {
            ArgumentNullException.ThrowIfNull(key);
            Revision++;
            var at = Find(key);
            if (value is null)
            {
                if (at >= 0)
                {
                    _features[at] = _features[--_count];
                    _features[_count] = default;
                }

                return;
            }

            if (at < 0)
            {
                at = _count++;
                if (at == _features.Length)
                {
                    Array.Resize(ref _features, at * 2);
                }
            }

            _features[at] = new(key, value);
        }
    }

    /// <inheritdoc/>
    public TFeature? Get<TFeature>() => (TFeature?)this[typeof(TFeature)];

    /// <inheritdoc/>
    public void Set<TFeature>(TFeature? instance) => this[typeof(TFeature)] = instance;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.Take(_count).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int Find(Type key)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_features[i].Key == key)
            {
                return i;
            }
        }

        return -1;
    }
}
