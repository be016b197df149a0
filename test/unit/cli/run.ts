import { main } from '../../../src/main/cli/cli.ts';

/** Runs a command line in this process. */
export async function headgate(
  ...argv: string[]
): Promise<{ status: number; stdout: string; stderr: string }> {
  const [out, notes]: [string[], string[]] = [[], []];
  const status = await main(argv, { out: (line) => out.push(line), note: (line) => notes.push(line) });
  return { status, stdout: out.join('\n'), stderr: notes.join('\n') };
}
