using Xunit;

namespace TaskQueue.Tests.Serialization;

/// <summary>Task types that no serializer accepts, each with the member to blame and a word of the cure.</summary>
public static class UnwritableTasks
{
    public static TheoryData<Type, string, string> All => new()
    {
        { typeof(HasObject), "HasObject.Value", "declare the type" },
        { typeof(HasObjects), "HasObjects.Values[]", "declare the type" },
        { typeof(HasUntypedList), "HasUntypedList.Values[]", "declare the type" },
        { typeof(HasDelegate), "HasDelegate.Callback", "handler can decide" },
        { typeof(HasStream), "HasStream.Content", "store" },
        { typeof(HasType), "HasType.Kind", "as a string" },
        { typeof(HasTask), "HasTask.Work", "await it first" },
        { typeof(HasToken), "HasToken.Token", "leave it out" },
        { typeof(HasPointer), "HasPointer.Handle", "leave it out" },
        { typeof(HasInterface), "HasInterface.Shape", "concrete type" },
        { typeof(HasAbstract), "HasAbstract.Shape", "concrete type" },
        { typeof(HasMatrix), "HasMatrix.Cells", "array of arrays" },
        { typeof(HasFrameworkClass), "HasFrameworkClass.Address", "as a string" },
        { typeof(HasDeepFault), "HasDeepFault.Inner[].Callback", "handler can decide" },
        { typeof(HasLostList), "HasLostList.Items", "'init'" },
        { typeof(HasLostSetter), "HasLostSetter.Id", "'init'" },
        { typeof(HasNoConstructor), "HasNoConstructor", "parameters" },
        { typeof(HasStrayParameter), "HasStrayParameter", "name" },
        { typeof(RecursiveWithFault), "RecursiveWithFault.Callback", "handler can decide" },
    };

    public sealed record HasObject(object Value);

    public sealed record HasObjects(Dictionary<string, object> Values);

    public sealed record HasUntypedList(System.Collections.ArrayList Values);

    public sealed record HasDelegate(Action Callback);

    public sealed record HasStream(MemoryStream Content);

    public sealed record HasType(Type Kind);

    public sealed record HasTask(Task<int> Work);

    public sealed record HasToken(CancellationToken Token);

    public sealed record HasPointer(nint Handle);

    public interface IShape
    {
        int Area { get; }
    }

    public abstract class Shape
    {
        public int Area { get; set; }
    }

    public sealed record HasInterface(IShape Shape);

    public sealed record HasAbstract(Shape Shape);

    public sealed record HasMatrix(int[,] Cells);

    public sealed record HasFrameworkClass(System.Net.IPEndPoint Address);

    public sealed record HasDeepFault(IReadOnlyList<HasDelegate> Inner);

    public sealed class HasLostList
    {
        public List<int> Items { get; } = [];
    }

    public sealed class HasLostSetter
    {
        public int Id { get; private set; } = 1;

        public void Set(int id) => Id = id;
    }

    public sealed class HasNoConstructor
    {
        private HasNoConstructor(string other) => Id = other.Length;

        public int Id { get; set; }

        public static HasNoConstructor Create() => new("");
    }

    public sealed class HasStrayParameter(int other)
    {
        public int Id { get; } = other;
    }

    public sealed record RecursiveWithFault(RecursiveWithFault? Next, Action Callback);
}
