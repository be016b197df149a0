import type { ParseArgsConfig } from 'node:util';
import { HeadgateError } from '../../common/error.ts';

/** Where a command writes its lines. */
export interface Output {
  /** A line of results: stdout. */
  out(line: string): void;
  /** A line about the run: stderr. */
  note(line: string): void;
}

/** The process's own streams. A reader that has had enough (`headgate inspect … | head`) is no error. */
export function processOutput(): Output {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  };
}

/** The options of a command as they were given. */
export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** One thing that `headgate` does. */
export interface Command {
  /** One line for the help. */
  readonly usage: string;
  readonly summary: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** Takes options of other names too, each with a value: `--layer 3`; without one it is a switch that is on. */
  readonly takesOthers?: true;
  /** It takes several models, or a session's file. */
  readonly several?: boolean;
  /**
   * @param model the positional argument, null when it is left out
   * @param beside further ones, for commands that take several
   * @returns the exit status
   */
  run(model: string | null, values: Values, output: Output, beside: readonly string[]): Promise<number>;
}

/** The error of a command line that can't be meant. */
export function usageError(message: string): HeadgateError {
  return new HeadgateError('usage', message, 'See headgate --help.');
}
