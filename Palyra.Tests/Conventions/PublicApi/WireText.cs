using System.Text;
using Google.Protobuf.Reflection;

namespace Palyra.Tests.Conventions.PublicApi;

/// <summary>Prints what other implementations of the protocol rely on: methods, fields with their numbers and types, enum values.</summary>
internal static class WireText
{
    internal static string Of(IReadOnlyList<FileDescriptor> files)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            text.Append("package ").Append(file.Package).Append('\n');
            foreach (var service in file.Services)
            {
                text.Append("\nservice ").Append(service.Name).Append('\n');
                foreach (var method in service.Methods)
                {
                    text.Append($"    {method.Name}({Stream(method.IsClientStreaming)}{method.InputType.Name}) -> {Stream(method.IsServerStreaming)}{method.OutputType.Name}\n");
                }
            }

            foreach (var message in file.MessageTypes)
            {
                Message(text, message);
            }

            foreach (var values in file.EnumTypes)
            {
                Values(text, values);
            }

            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Message(StringBuilder text, MessageDescriptor message)
    {
        text.Append("\nmessage ").Append(message.FullName).Append('\n');
        foreach (var field in message.Fields.InFieldNumberOrder())
        {
            var type = field.FieldType switch
            {
                FieldType.Message => field.MessageType.FullName,
                FieldType.Enum => field.EnumType.FullName,
                var scalar => scalar.ToString().ToLowerInvariant(),
            };
            var label = field.IsMap ? "map " : field.IsRepeated ? "repeated " : field.RealContainingOneof is { } oneof ? $"oneof {oneof.Name} " : field.HasPresence ? "optional " : "";
            text.Append($"    {field.FieldNumber} {label}{type} {field.Name}\n");
        }

        foreach (var nested in message.NestedTypes)
        {
            Message(text, nested);
        }

        foreach (var values in message.EnumTypes)
        {
            Values(text, values);
        }
    }

    private static void Values(StringBuilder text, EnumDescriptor values)
    {
        text.Append("\nenum ").Append(values.FullName).Append('\n');
        foreach (var value in values.Values)
        {
            text.Append($"    {value.Number} {value.Name}\n");
        }
    }

    private static string Stream(bool streaming) => streaming ? "stream " : "";
}
