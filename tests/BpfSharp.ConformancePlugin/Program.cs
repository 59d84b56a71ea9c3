using BpfSharp.ConformancePlugin;

return Plugin.Run(args, Console.In, Console.Out, Console.Error);
