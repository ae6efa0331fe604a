using System.Buffers;
using MessagePack;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>The body as a generated formatter would write it: a map with the names of the properties, as TaskQueue's.</summary>
internal static class RawBody
{
    public static void Write(IBufferWriter<byte> target, LoadTask task)
    {
        var writer = new MessagePackWriter(target);
        writer.WriteMapHeader(3);
        writer.WriteString("Number"u8);
        writer.Write(task.Number);
        writer.WriteString("SentAt"u8);
        writer.Write(task.SentAt);
        writer.WriteString("Text"u8);
        writer.Write(task.Text);
        writer.Flush();
    }

    public static LoadTask Read(ReadOnlyMemory<byte> body)
    {
        var reader = new MessagePackReader(body);
        long number = 0, sentAt = 0;
        var text = "";
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            reader.TryReadStringSpan(out var name);
            if (name.SequenceEqual("Number"u8))
            {
                number = reader.ReadInt64();
            }
            else if (name.SequenceEqual("SentAt"u8))
            {
                sentAt = reader.ReadInt64();
            }
            else
            {
                text = reader.ReadString()!;
            }
        }

        return new LoadTask(number, sentAt, text);
    }
}
