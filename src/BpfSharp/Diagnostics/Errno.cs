namespace BpfSharp.Diagnostics;

/// <summary>Error numbers of Linux as maps, helpers and bpf(2) return them (negated).</summary>
/// <remarks>Values are those of <c>asm-generic/errno.h</c>, which every architecture .NET runs on uses.</remarks>
public static class Errno
{
    /// <summary>EPERM: not permitted.</summary>
    public const int Eperm = 1;

    /// <summary>ENOENT: absent.</summary>
    public const int Enoent = 2;

    /// <summary>ESRCH: no such process.</summary>
    public const int Esrch = 3;

    /// <summary>EINTR: interrupted.</summary>
    public const int Eintr = 4;

    /// <summary>EIO: input or output failed.</summary>
    public const int Eio = 5;

    /// <summary>E2BIG: full, or too big.</summary>
    public const int E2Big = 7;

    /// <summary>EBADF: no such descriptor.</summary>
    public const int Ebadf = 9;

    /// <summary>EAGAIN: not now.</summary>
    public const int Eagain = 11;

    /// <summary>ENOMEM: no memory.</summary>
    public const int Enomem = 12;

    /// <summary>EACCES: access refused (the verifier's usual answer).</summary>
    public const int Eacces = 13;

    /// <summary>EFAULT: bad address.</summary>
    public const int Efault = 14;

    /// <summary>EBUSY: in use.</summary>
    public const int Ebusy = 16;

    /// <summary>EEXIST: exists already.</summary>
    public const int Eexist = 17;

    /// <summary>EXDEV: crosses devices.</summary>
    public const int Exdev = 18;

    /// <summary>ENODEV: no such device.</summary>
    public const int Enodev = 19;

    /// <summary>EINVAL: invalid argument.</summary>
    public const int Einval = 22;

    /// <summary>EMFILE: too many open files.</summary>
    public const int Emfile = 24;

    /// <summary>ENOSPC: no room left.</summary>
    public const int Enospc = 28;

    /// <summary>EDOM: argument outside its domain.</summary>
    public const int Edom = 33;

    /// <summary>ERANGE: result out of range.</summary>
    public const int Erange = 34;

    /// <summary>ENAMETOOLONG: name too long.</summary>
    public const int Enametoolong = 36;

    /// <summary>ENOSYS: no such call.</summary>
    public const int Enosys = 38;

    /// <summary>ELOOP: too many levels.</summary>
    public const int Eloop = 40;

    /// <summary>ENODATA: no data.</summary>
    public const int Enodata = 61;

    /// <summary>EPROTO: protocol error.</summary>
    public const int Eproto = 71;

    /// <summary>EBADMSG: bad message.</summary>
    public const int Ebadmsg = 74;

    /// <summary>EOVERFLOW: value too large.</summary>
    public const int Eoverflow = 75;

    /// <summary>EMSGSIZE: message too long.</summary>
    public const int Emsgsize = 90;

    /// <summary>ENOPROTOOPT: option not available.</summary>
    public const int Enoprotoopt = 92;

    /// <summary>EPROTONOSUPPORT: protocol not supported.</summary>
    public const int Eprotonosupport = 93;

    /// <summary>EOPNOTSUPP: operation not supported.</summary>
    public const int Eopnotsupp = 95;

    /// <summary>EAFNOSUPPORT: address family not supported.</summary>
    public const int Eafnosupport = 97;

    /// <summary>ETIMEDOUT: timed out.</summary>
    public const int Etimedout = 110;

    /// <summary>EALREADY: already under way.</summary>
    public const int Ealready = 114;

    /// <summary>ESTALE: stale.</summary>
    public const int Estale = 116;

    /// <summary>ECANCELED: cancelled.</summary>
    public const int Ecanceled = 125;

    /// <summary>ENOTSUPP: not supported (internal to the kernel, yet returned by bpf(2)).</summary>
    public const int Enotsupp = 524;

    /// <summary>The kernel's name of an error number, for messages.</summary>
    /// <param name="number">The number, negated or not.</param>
    /// <returns>For example <c>ENOENT</c>; <c>errno 123</c> if it has no row here.</returns>
    public static string NameOf(long number) => Math.Abs(number) switch
    {
        Eperm => "EPERM",
        Enoent => "ENOENT",
        Esrch => "ESRCH",
        Eintr => "EINTR",
        Eio => "EIO",
        E2Big => "E2BIG",
        Ebadf => "EBADF",
        Eagain => "EAGAIN",
        Enomem => "ENOMEM",
        Eacces => "EACCES",
        Efault => "EFAULT",
        Ebusy => "EBUSY",
        Eexist => "EEXIST",
        Exdev => "EXDEV",
        Enodev => "ENODEV",
        Einval => "EINVAL",
        Emfile => "EMFILE",
        Enospc => "ENOSPC",
        Edom => "EDOM",
        Erange => "ERANGE",
        Enametoolong => "ENAMETOOLONG",
        Enosys => "ENOSYS",
        Eloop => "ELOOP",
        Enodata => "ENODATA",
        Eproto => "EPROTO",
        Ebadmsg => "EBADMSG",
        Eoverflow => "EOVERFLOW",
        Emsgsize => "EMSGSIZE",
        Enoprotoopt => "ENOPROTOOPT",
        Eprotonosupport => "EPROTONOSUPPORT",
        Eopnotsupp => "EOPNOTSUPP",
        Eafnosupport => "EAFNOSUPPORT",
        Etimedout => "ETIMEDOUT",
        Ealready => "EALREADY",
        Estale => "ESTALE",
        Ecanceled => "ECANCELED",
        Enotsupp => "ENOTSUPP",
        6 => "ENXIO",
        20 => "ENOTDIR",
        21 => "EISDIR",
        23 => "ENFILE",
        27 => "EFBIG",
        30 => "EROFS",
        32 => "EPIPE",
        39 => "ENOTEMPTY",
        84 => "EILSEQ",
        88 => "ENOTSOCK",
        91 => "EPROTOTYPE",
        98 => "EADDRINUSE",
        99 => "EADDRNOTAVAIL",
        100 => "ENETDOWN",
        101 => "ENETUNREACH",
        103 => "ECONNABORTED",
        104 => "ECONNRESET",
        105 => "ENOBUFS",
        106 => "EISCONN",
        107 => "ENOTCONN",
        111 => "ECONNREFUSED",
        113 => "EHOSTUNREACH",
        115 => "EINPROGRESS",
        129 => "EKEYREJECTED",
        long other => $"errno {other}",
    };
}
