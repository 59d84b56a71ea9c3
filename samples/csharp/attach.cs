#!/usr/bin/env dotnet
// Loads an object that clang built and attaches its XDP program.   sudo dotnet run attach.cs ../c/firewall.o veth0
using BpfSharp.Hooks;
using BpfSharp.Hosting;
using BpfSharp.Linux;
using BpfSharp.Objects;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: attach.cs OBJECT DEVICE");
    return 2;
}

BpfObject source = BpfObject.Read(args[0]);                 // data: look at it, edit it
ProgramSpec xdp = source.Programs.First(p => p.Type == ProgramType.Xdp);
using LoadedObject loaded = BpfHost.Kernel.Load(source);    // all or nothing
using Link link = loaded.Program(xdp.Name).AttachXdp(args[1]);
Console.WriteLine($"{xdp.Name} is attached to {args[1]}; Enter detaches it");
Console.ReadLine();
return 0;
