namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Walks the header table of one content header (AMQP 0-9-1, section 4.2.6.1) as its bytes arrive, in pieces of any size, and makes harmless in
/// place what the broker lets through and the client does not survive. Keeps every length as it is, so that frames stay whole:
/// <list type="bullet">
/// <item>tables and arrays inside each other deeper than <see cref="DeepestNesting"/> become a binary value of the same bytes: the client reads
/// them by recursion, and 128 KiB of them overflow the stack, which ends the process;</item>
/// <item>a decimal of a scale above 28 gets the scale 28: the client ends the whole connection over it, whereupon the broker delivers
/// the message again, for ever.</item>
/// </list>
/// Used again for each content header; for one reader.
/// </summary>
internal sealed class HeaderScan
{
    /// <summary>Tables and arrays inside each other, the header table itself included.</summary>
    public const int DeepestNesting = 64;

    private const byte LargestScale = 28;
    private const byte Binary = (byte)'x';
    private const int BeforeFlags = 12;
    private const uint ContentType = 1 << 15;
    private const uint ContentEncoding = 1 << 14;
    private const uint Headers = 1 << 13;

    private readonly (uint End, bool IsTable)[] _open = new (uint, bool)[DeepestNesting];
    private int _depth;
    private Part _part;
    private uint _position;
    private uint _skip;
    private uint _number;
    private int _digits;
    private int _texts;
    private bool _opens;
    private bool _opensTable;

    private enum Part
    {
        Nothing,
        Flags,
        Text,
        Item,
        Name,
        Type,
        Scale,
        Length,
    }

    /// <summary>A content header begins.</summary>
    public void Start()
    {
        _depth = 0;
        _position = 0;
        _skip = BeforeFlags;
        Expect(Part.Flags);
    }

    /// <summary>The next bytes of its payload.</summary>
    public void Inspect(Span<byte> received)
    {
        for (var i = 0; i < received.Length && _part != Part.Nothing;)
        {
            if (_skip == 0)
            {
                _position++;
                Step(ref received[i++]);
                continue;
            }

            var step = Math.Min(_skip, (uint)(received.Length - i));
            _skip -= step;
            _position += step;
            i += (int)step;
        }
    }

    private void Step(ref byte next)
    {
        if (_part == Part.Item)
        {
            _part = NextItem();
        }

        switch (_part)
        {
            case Part.Flags when Gathered(next, bytes: 2):
                AfterFlags(_number);
                break;
            case Part.Text:
                _skip = next;
                Expect(--_texts > 0 ? Part.Text : Part.Length);
                break;
            case Part.Name:
                _skip = next;
                Expect(Part.Type);
                break;
            case Part.Type:
                AfterType(ref next);
                break;
            case Part.Scale:
                next = Math.Min(next, LargestScale);
                Skip(4);
                break;
            case Part.Length when Gathered(next, bytes: 4):
                AfterLength(_number);
                break;
        }
    }

    private void AfterFlags(uint flags)
    {
        _texts = ((flags & ContentType) != 0 ? 1 : 0) + ((flags & ContentEncoding) != 0 ? 1 : 0);
        _opens = _opensTable = true;
        Expect((flags & Headers) == 0 ? Part.Nothing : _texts > 0 ? Part.Text : Part.Length);
    }

    private void AfterType(ref byte type)
    {
        switch (type)
        {
            case (byte)'F' or (byte)'A':
                _opens = _depth < DeepestNesting;
                _opensTable = type == (byte)'F';
                type = _opens ? type : Binary;
                Expect(Part.Length);
                break;
            case (byte)'S' or Binary:
                _opens = false;
                Expect(Part.Length);
                break;
            case (byte)'D':
                Expect(Part.Scale);
                break;
            default:
                AfterScalar(type);
                break;
        }
    }

    private void AfterScalar(byte type)
    {
        switch (type)
        {
            case (byte)'V':
                Skip(0);
                break;
            case (byte)'t' or (byte)'b' or (byte)'B':
                Skip(1);
                break;
            case (byte)'s' or (byte)'u':
                Skip(2);
                break;
            case (byte)'I' or (byte)'i' or (byte)'f':
                Skip(4);
                break;
            case (byte)'l' or (byte)'d' or (byte)'T':
                Skip(8);
                break;
            default:
                // No broker sends it: where the next item begins is not known.
                Expect(Part.Nothing);
                break;
        }
    }

    private void AfterLength(uint length)
    {
        if (_opens)
        {
            _open[_depth++] = (_position + length, _opensTable);
            Skip(0);
        }
        else
        {
            Skip(length);
        }
    }

    private Part NextItem()
    {
        while (_depth > 0 && _position > _open[_depth - 1].End)
        {
            _depth--;
        }

        return _depth == 0 ? Part.Nothing : _open[_depth - 1].IsTable ? Part.Name : Part.Type;
    }

    private bool Gathered(byte next, int bytes)
    {
        _number = (_number << 8) | next;
        return ++_digits == bytes;
    }

    private void Skip(uint bytes)
    {
        _skip = bytes;
        Expect(Part.Item);
    }

    private void Expect(Part part)
    {
        _part = part;
        _number = 0;
        _digits = 0;
    }
}
