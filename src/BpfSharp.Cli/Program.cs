return BpfSharp.Cli.Application.Run(args, Console.Out, Console.Error);
