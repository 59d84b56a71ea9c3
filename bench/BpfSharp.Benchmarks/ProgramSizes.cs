using BpfSharp.Isa;
using BpfSharp.Objects;
using BpfSharp.Runtime.Hosting;

namespace BpfSharp.Benchmarks;

/// <summary>Cost per instruction of programs of 500 to 20,000 instructions: RyuJIT stops optimising above its limits.</summary>
internal static class ProgramSizes
{
    public static int Run()
    {
        double small = 0;
        foreach (int size in new[] { 500, 1000, 2000, 5000, 10000, 20000 })
        {
            BpfObject source = new() { Name = $"size{size}" };
            source.Programs.Add(new ProgramSpec { Name = "main", Instructions = [.. Make(size)] });
            byte[] memory = new byte[256];
            new Random(1).NextBytes(memory);
            EngineSubject jit = new("JIT", source, memory, EngineChoice.Jit, isChecked: false);
            EngineSubject interpreter = new("interpreter", source, memory, EngineChoice.Interpreter, isChecked: false);
            jit.Calibrate(1_000_000);
            interpreter.Calibrate(1_000_000);
            for (int round = 0; round < 30; round++)
            {
                jit.Slice();
                interpreter.Slice();
            }

            double each = jit.Best / size;
            small = small == 0 ? each : small;
            Console.WriteLine(
                $"{size,6} instructions: {each:F3} ns each ({each / small:F2}x of the first), interpreter {interpreter.Best / size:F2} ns, "
                + (jit.Result == interpreter.Result ? "same result" : "DIFFERENT RESULTS"));
        }

        return 0;
    }

    // Loads, arithmetic, short forward jumps, now and then a store; every path runs most of it. Each result is used: nothing is dead.
    private static List<Instruction> Make(int size)
    {
        Random random = new(7);
        List<Instruction> program = [Instruction.Encode(Op.Mov64Reg, Register.R6, Register.R1)];
        for (int r = 0; r < 10; r++)
        {
            if (r != 6)
            {
                program.Add(Instruction.Encode(Op.Mov64Imm, (Register)r, imm: random.Next()));
            }
        }

        Op[] operations = [Op.Add64Reg, Op.Xor64Reg, Op.Sub64Reg, Op.Add32Reg, Op.Mul64Imm];
        while (program.Count < size - 10)
        {
            Register dst = Pick();
            switch (random.Next(12))
            {
                case 0:
                case 1:
                    program.Add(Instruction.Encode(Op.Load32, Register.R9, Register.R6, (short)(4 * random.Next(60))));
                    program.Add(Instruction.Encode(Op.Add64Reg, dst, Register.R9));
                    break;
                case 2:
                    program.Add(Instruction.Encode(Op.Store64Reg, Register.R10, dst, (short)(-8 * random.Next(1, 30))));
                    break;
                case 3:
                    program.Add(Instruction.Encode(Op.Jeq64Imm, dst, offset: 3, imm: random.Next()));
                    for (int i = 0; i < 3; i++)
                    {
                        program.Add(Instruction.Encode(Op.Add64Imm, Pick(), imm: random.Next(100)));
                    }

                    break;
                default:
                    Op op = operations[random.Next(operations.Length)];
                    program.Add(Instruction.Encode(op, dst, Pick(), 0, random.Next() | 1));
                    break;
            }
        }

        for (int r = 1; r < 10; r++)
        {
            if (r != 6)
            {
                program.Add(Instruction.Encode(Op.Xor64Reg, Register.R0, (Register)r));
            }
        }

        program.Add(Instruction.Encode(Op.Exit));
        return program;

        Register Pick()
        {
            int r = random.Next(8);
            return (Register)(r >= 6 ? r + 1 : r);
        }
    }
}
