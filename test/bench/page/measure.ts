import type { GpuContext } from '../../../src/renderer/gpu/context.ts';
import { Profile, type SubmitTimer } from '../../../src/renderer/gpu/profile.ts';

/** One side of a comparison. `run` resolves when the GPU has done the work, without reading results back. */
export interface Contender {
  readonly name: string;
  run(): Promise<void>;
  dispose?(): void | Promise<void>;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** Ratio (peer's time / ours, against the better peer) that docs/performance.md aims at. */
  readonly target?: number;
  /** Floating-point operations of one run, to set against the device's peak. */
  readonly flop?: number;
  /** Tokens that one run writes. */
  readonly tokens?: number;
  prepare(): Promise<{ readonly ours: Contender; readonly peers: readonly Contender[] }>;
}

export interface Result {
  readonly name: string;
  readonly ours_ms: number;
  /** The better peer. */
  readonly peer: string;
  readonly peer_ms: number;
  readonly ratio: number;
  readonly target?: number;
  readonly flop?: number;
  readonly peak_fraction?: number;
  /** Of rows that write, the prompt's time included. */
  readonly tokens_per_second?: number;
  readonly peer_tokens_per_second?: number;
  /** GPU bytes, of rows about memory; the ratio is of bytes then. */
  readonly bytes?: number;
  /** The longest time that one submit held the GPU, ms. */
  readonly longest_submit_ms?: number;
  /** Every peer's median, or why it could not run. */
  readonly peers: Readonly<Record<string, number | string>>;
}

/** A sample repeats the work until it lasts this long, so that the clock's grain does not count. */
const SAMPLE_MS = 40;
/** Where one round takes longer than this, there is no second one to warm up, and fewer rounds are measured: */
const LONG_MS = 1000;
/** at least so many, and no more than take so long. */
const LEAST_ROUNDS = 3;
const MOST_MS = 20_000;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

async function once(contender: Contender, repeats: number): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < repeats; i++) await contender.run();
  return (performance.now() - started) / repeats;
}

/** Runs ours and every peer in turns, `rounds` times (those that take long less often), and compares medians. */
export async function measure(row: Row, rounds: number): Promise<Result> {
  const { ours, peers } = await row.prepare();
  const contenders = [ours, ...peers];
  const failures = new Map<Contender, string>();
  const plans = new Map<Contender, { readonly repeats: number; readonly rounds: number }>();
  for (const contender of contenders) {
    try {
      const cold = await once(contender, 1);
      const warm = cold > LONG_MS ? cold : await once(contender, 1);
      plans.set(contender, {
        repeats: Math.max(1, Math.ceil(SAMPLE_MS / warm)),
        rounds: Math.min(rounds, Math.max(LEAST_ROUNDS, Math.floor(MOST_MS / warm))),
      });
    } catch (error) {
      if (contender === ours) throw error;
      failures.set(contender, error instanceof Error ? error.message : String(error));
    }
  }
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const plan = plans.get(contender);
      if (plan === undefined || round >= plan.rounds) continue;
      samples.get(contender)?.push(await once(contender, plan.repeats));
    }
  }
  const times = new Map(contenders.map((contender) => [contender, median(samples.get(contender) ?? [])]));
  const ran = peers
    .filter((peer) => !failures.has(peer))
    .sort((a, b) => (times.get(a) ?? 0) - (times.get(b) ?? 0));
  const best = ran[0];
  const oursMs = times.get(ours) ?? Number.NaN;
  const peerMs = best === undefined ? Number.NaN : (times.get(best) ?? Number.NaN);
  for (const contender of contenders) await contender.dispose?.();
  return {
    name: row.name,
    ours_ms: oursMs,
    peer: best?.name ?? 'none',
    peer_ms: peerMs,
    ratio: peerMs / oursMs,
    ...(row.target === undefined ? {} : { target: row.target }),
    ...(row.flop === undefined ? {} : { flop: row.flop }),
    ...(row.tokens === undefined
      ? {}
      : {
          tokens_per_second: (1000 * row.tokens) / oursMs,
          peer_tokens_per_second: (1000 * row.tokens) / peerMs,
        }),
    peers: Object.fromEntries(
      peers.map((peer) => [peer.name, failures.get(peer) ?? times.get(peer) ?? 'did not run']),
    ),
  };
}

/** Times each submit by the device's own timestamps: the page's clock would count its pauses as well. */
export class SubmitTimes extends Profile {
  /** The longest that one submit held the GPU, ms. */
  longest = 0;

  override begin(gpu: GpuContext, steps: Parameters<Profile['begin']>[1]): SubmitTimer {
    const timer = super.begin(gpu, steps);
    return {
      perDispatch: timer.perDispatch,
      pass: (label, index) => timer.pass(label, index),
      resolve: (encoder) => timer.resolve(encoder),
      finish: async () => {
        const before = this.entries.length;
        await timer.finish();
        const own = this.entries.slice(before);
        this.longest = Math.max(
          this.longest,
          own.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
        );
      },
    };
  }
}
