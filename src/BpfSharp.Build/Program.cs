using BpfSharp.Build;

// Run by the targets, not by people: bpfsharp-build --assembly OBJ.dll --stamp FILE [--references DIRS] [--objects DIR]
// [--cpu N] [--verify true|false] [--project FILE]. Findings go to standard output in MSBuild's format.
return BuildStep.Run(args, Console.Out);
