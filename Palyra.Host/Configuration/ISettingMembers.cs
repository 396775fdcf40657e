namespace Palyra.Host.Configuration;

/// <summary>Members of one section of the settings, by name. Whatever is of another type or out of range is complained about at its place.</summary>
internal interface ISettingMembers
{
    /// <summary>True or false.</summary>
    bool Flag(string name, bool otherwise);

    /// <summary>A whole number within a range.</summary>
    long Number(string name, long otherwise, long least, long most);

    /// <summary>A list of texts; absent when nobody set it.</summary>
    IReadOnlyList<string>? Texts(string name);

    /// <summary>A list of ports; absent when nobody set it.</summary>
    IReadOnlyList<int>? Ports(string name);

    /// <summary>Complains about one member, at its place.</summary>
    void Complain(string name, string problem);
}
