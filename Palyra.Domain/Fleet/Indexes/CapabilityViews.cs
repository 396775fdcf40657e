using Palyra.Domain.Attestation;

namespace Palyra.Domain.Fleet.Indexes;

/// <summary>
/// Turns sets of capabilities into marks of the id tree. A view is a set that some request required; every worker that reports all of it, and
/// is trusted with it, carries the view's mark. Workers that report the same trusted capabilities are one class. Not thread-safe.
/// </summary>
/// <remarks>The least recently required view makes room for a new one when there are <see cref="MaxViews"/>; the new one is then filled in O(n).</remarks>
internal sealed class CapabilityViews
{
    /// <summary>The most sets of required capabilities that are looked up in O(log n).</summary>
    internal const int MaxViews = 256;

    private readonly Dictionary<string, int> _trusted;
    private readonly Dictionary<string, CapabilityClass> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, View> _views = new(StringComparer.Ordinal);
    private readonly List<CapabilityClass> _allClasses = [];
    private long _uses;

    internal CapabilityViews(CompiledFleetPolicy policy)
    {
        _trusted = new Dictionary<string, int>(AsciiIgnoreCase.Comparer);
        foreach (var capability in policy.TrustedCapabilities)
        {
            _trusted.Add(capability, _trusted.Count);
        }

        Any = Add("", []);
    }

    /// <summary>The view of requests that require nothing.</summary>
    internal View Any { get; }

    internal int Count => _views.Count;

    /// <summary>The class of a worker that reports these capabilities.</summary>
    internal CapabilityClass ClassOf(WorkerAttestation attestation)
    {
        Span<char> key = stackalloc char[WorkerAttestation.MaxCapabilities];
        key = key[..KeyOf(attestation.SupportedCapabilities, key, out _)];
        if (!_classes.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var known))
        {
            known = new CapabilityClass([.. key]);
            _classes.Add(key.ToString(), known);
            _allClasses.Add(known);
            foreach (var view in _views.Values)
            {
                known.Consider(view);
            }
        }

        return known;
    }

    /// <summary>The view of these required capabilities; <see langword="null"/> when one is not trusted, so that no worker can have it.</summary>
    /// <param name="required">What a request requires.</param>
    /// <param name="isNew">Whether the view has just been made, so that no slot carries its mark yet.</param>
    internal View? ViewOf(IReadOnlyList<string> required, out bool isNew)
    {
        isNew = false;
        if (required.Count == 0)
        {
            return Any;
        }

        Span<char> key = stackalloc char[WorkerAttestation.MaxCapabilities];
        var length = KeyOf(required, key, out var unknown);
        if (unknown)
        {
            return null;
        }

        key = key[..length];
        if (!_views.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var view))
        {
            view = Add(key.ToString(), [.. key]);
            isNew = true;
        }

        view.LastUse = ++_uses;
        return view;
    }

    private View Add(string key, char[] required)
    {
        var index = _views.Count;
        if (index == MaxViews)
        {
            var oldest = _views.Values.Where(view => view != Any).MinBy(view => view.LastUse)!;
            _views.Remove(oldest.Key);
            _allClasses.ForEach(known => known.Forget(oldest));
            index = oldest.Index;
        }

        var added = new View(key, index, required);
        _views.Add(key, added);
        _allClasses.ForEach(known => known.Consider(added));
        return added;
    }

    // The distinct trusted capabilities as sorted numbers, one character each.
    private int KeyOf(IReadOnlyList<string> capabilities, Span<char> key, out bool unknown)
    {
        unknown = false;
        var length = 0;
        for (var i = 0; i < capabilities.Count; i++)
        {
            if (!_trusted.TryGetValue(capabilities[i], out var number))
            {
                unknown = true;
                continue;
            }

            var at = key[..length].BinarySearch((char)number);
            if (at < 0)
            {
                key[~at..length].CopyTo(key[(~at + 1)..]);
                key[~at] = (char)number;
                length++;
            }
        }

        return length;
    }
}

/// <summary>A set of required capabilities with its two marks: for workers that are well, and for degraded ones.</summary>
internal sealed class View(string key, int index, char[] required)
{
    internal string Key { get; } = key;

    internal int Index { get; } = index;

    internal int WellMark => Index * 2;

    internal int DegradedMark => (Index * 2) + 1;

    internal char[] Required { get; } = required;

    internal long LastUse { get; set; }
}

/// <summary>What workers with one set of trusted capabilities have in common: the views they fit.</summary>
internal sealed class CapabilityClass(char[] capabilities)
{
    internal List<View> Views { get; } = [];

    internal void Consider(View view)
    {
        if (Array.TrueForAll(view.Required, required => Array.BinarySearch(capabilities, required) >= 0))
        {
            Views.Add(view);
        }
    }

    internal void Forget(View view) => Views.Remove(view);
}
