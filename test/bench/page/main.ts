/** The page that `npm run bench` opens: runs the rows that were asked for, one after another. */
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { measurePeaks, type Peaks } from '../../../src/renderer/gpu/peaks.ts';
import type { ProfileRow } from '../../../src/renderer/gpu/profile.ts';
import { measure, type Result } from './measure.ts';
import { versions } from './peers.ts';
import { gptRows } from './rows/gpt.ts';
import { memoryResult, MEMORY_ROW, uploadRow } from './rows/host.ts';
import { kernelRows } from './rows/kernels.ts';
import { lstmRow } from './rows/lstm.ts';

interface Request {
  /** Rows whose name contains this; all when empty. */
  readonly only: string;
  readonly rounds: number;
}

interface Report {
  readonly adapter: string;
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly peaks: Peaks;
  readonly rows: readonly Result[];
  /** One pass of the bundled model, kernel by kernel; null when no such row was asked for. */
  readonly profile: { readonly name: string; readonly rows: readonly ProfileRow[] } | null;
}

/** Tokens of the pass that is profiled. */
const PROFILED = 128;

async function bench({ only, rounds }: Request): Promise<Report> {
  const gpu = await Gpu.create();
  const peaks = await measurePeaks(gpu);
  const gpt = await gptRows(gpu);
  const rows: Result[] = [];
  for (const row of [...kernelRows(gpu), lstmRow(gpu), ...gpt.rows, uploadRow(gpu)]) {
    if (!row.name.includes(only)) continue;
    rows.push(await measure(row, rounds, peaks.flopPerSecond));
  }
  if (MEMORY_ROW.includes(only)) rows.push(await memoryResult(gpu));
  const name = `gpt forward T=${PROFILED}`;
  const profile = name.includes(only) ? { name, rows: await gpt.profile(PROFILED, peaks) } : null;
  return { adapter: gpu.facts.name, date: new Date().toISOString(), versions, peaks, rows, profile };
}

Object.assign(globalThis, { bench });
