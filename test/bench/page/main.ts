/** The page that `npm run bench` opens: runs the rows that were asked for, one after another. */
import { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { measurePeaks } from '../../../src/renderer/gpu/peaks.ts';
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
  readonly rows: readonly Result[];
}

async function bench({ only, rounds }: Request): Promise<Report> {
  const gpu = await Gpu.create();
  const { flopPerSecond } = await measurePeaks(gpu);
  const rows: Result[] = [];
  for (const row of [...kernelRows(gpu), lstmRow(gpu), ...(await gptRows(gpu)), uploadRow(gpu)]) {
    if (!row.name.includes(only)) continue;
    rows.push(await measure(row, rounds, flopPerSecond));
  }
  if (MEMORY_ROW.includes(only)) rows.push(await memoryResult(gpu));
  return { adapter: gpu.facts.name, date: new Date().toISOString(), versions, rows };
}

Object.assign(globalThis, { bench });
