#!/usr/bin/env dotnet
// Sends the connections of a cgroup for one address to another.
//   sudo dotnet run redirect.cs /sys/fs/cgroup/app 192.0.2.1:80 127.0.0.1:8080
using System.Buffers.Binary;
using System.Net;
using BpfSharp.Hosting;
using BpfSharp.Language;
using BpfSharp.Linux;
using BpfSharp.Objects;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: redirect.cs CGROUP ADDRESS:PORT ADDRESS:PORT");
    return 2;
}

IPEndPoint from = IPEndPoint.Parse(args[1]), to = IPEndPoint.Parse(args[2]);
BpfObject source = BpfObject.From(typeof(Redirect));
source.Set(Redirect.FromAddress, Number(from));
source.Set(Redirect.FromPort, (ushort)from.Port);
source.Set(Redirect.ToAddress, Number(to));
source.Set(Redirect.ToPort, (ushort)to.Port);
using DeclaredObject redirect = new(BpfHost.Kernel.Load(source), source);
using Link link = redirect.Program(Redirect.OnConnect).AttachCgroup(args[0]);
Console.WriteLine("redirecting; Enter ends it");
Console.ReadLine();
return 0;

static uint Number(IPEndPoint point) => BinaryPrimitives.ReadUInt32BigEndian(point.Address.GetAddressBytes());

[BpfObject]
static class Redirect
{
    const int Allow = 1;

    public static readonly Const<uint> FromAddress = new(0), ToAddress = new(0);
    public static readonly Const<ushort> FromPort = new(0), ToPort = new(0);

    [CgroupConnect4]
    public static int OnConnect(SockAddressContext ctx)
    {
        if (ctx.UserIPv4 != FromAddress || ctx.UserPort != FromPort) return Allow;
        ctx.UserIPv4 = ToAddress;
        ctx.UserPort = ToPort;
        return Allow;
    }
}
