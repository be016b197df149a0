/** The page that `npm run bench` opens: runs the rows that were asked for, one after another. */
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { measurePeaks, type Peaks } from '../../../src/renderer/gpu/peaks.ts';
import type { ProfileRow } from '../../../src/renderer/gpu/profile.ts';
import { measure, type Result } from './measure.ts';
import { versions } from './peers.ts';
import { attentionRows } from './rows/attention.ts';
import { gptRows } from './rows/gpt.ts';
import { memoryResult, MEMORY_ROW, uploadRow } from './rows/host.ts';
import { kernelRows } from './rows/kernels.ts';
import { lstmRow } from './rows/lstm.ts';
import { longMemoryResults, memoryRows } from './rows/memory.ts';
import { unitRows } from './rows/units.ts';

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

/** Before a row: what the one before leaves to be freed is no part of it. */
const PAUSE_MS = 1000;
/** Tokens of the pass that is profiled. */
const PROFILED = 128;

async function bench({ only, rounds }: Request): Promise<Report> {
  const gpu = await Gpu.create();
  const before = await measurePeaks(gpu);
  const gpt = await gptRows(gpu);
  const rows: Result[] = [];
  // The upload first: it is about memory, which the peers' heaps make scarce.
  const recurrent = [lstmRow(gpu), ...memoryRows(gpu), ...unitRows()];
  for (const row of [uploadRow(gpu), ...kernelRows(gpu), ...recurrent, ...gpt.rows, ...attentionRows(gpu)]) {
    if (!row.name.includes(only)) continue;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    // The host prints it: whole passes of large models take minutes.
    console.log(`Measuring ${row.name} …`);
    const result = await measure(row, rounds);
    rows.push(result);
    console.log(`  ${result.ours_ms.toFixed(2)} ms, ${result.ratio.toFixed(2)} of ${result.peer}`);
    gpu.pool.clear();
  }
  rows.push(...(await longMemoryResults(gpu, only)));
  if (MEMORY_ROW.includes(only)) rows.push(await memoryResult(gpu));
  // On a machine with other work a peak can come out too low, never too high.
  const after = await measurePeaks(gpu);
  const peaks = {
    flopPerSecond: Math.max(before.flopPerSecond, after.flopPerSecond),
    bytesPerSecond: Math.max(before.bytesPerSecond, after.bytesPerSecond),
  };
  const name = `gpt forward T=${PROFILED}`;
  const profile = name.includes(only) ? { name, rows: await gpt.profile(PROFILED, peaks) } : null;
  return {
    adapter: gpu.facts.name,
    date: new Date().toISOString(),
    versions,
    peaks,
    rows: rows.map((row) => withShare(row, peaks)),
    profile,
  };
}

/** A row with its share of the peak, where it has operations to count. */
function withShare(row: Result, { flopPerSecond }: Peaks): Result {
  if (row.flop === undefined) return row;
  return { ...row, peak_fraction: row.flop / (row.ours_ms / 1000) / flopPerSecond };
}

Object.assign(globalThis, { bench });
