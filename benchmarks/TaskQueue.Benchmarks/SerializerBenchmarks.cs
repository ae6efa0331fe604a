using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace TaskQueue.Benchmarks;

/// <summary>Writing and reading a body.</summary>
[MemoryDiagnoser]
public class SerializerBenchmarks
{
    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private ITaskSerializer _serializer = null!;
    private byte[] _body = null!;

    [Params("MessagePack", "Json")]
    public string Format { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _serializer = Format == "Json" ? TaskSerializers.Json : TaskSerializers.MessagePack;
        _body = Parts.Write(_serializer);
    }

    [Benchmark]
    public int Write()
    {
        _output.ResetWrittenCount();
        _serializer.Serialize(Photo.Sample, _output);
        return _output.WrittenCount;
    }

    [Benchmark]
    public Photo Read() => _serializer.Deserialize<Photo>(_body);
}
