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

/** Runs ours and every peer in turns, `rounds` times, and compares medians. */
export async function measure(row: Row, rounds: number): Promise<Result> {
  const { ours, peers } = await row.prepare();
  const contenders = [ours, ...peers];
  const failures = new Map<Contender, string>();
  const repeats = new Map<Contender, number>();
  for (const contender of contenders) {
    try {
      await once(contender, 1);
      repeats.set(contender, Math.max(1, Math.ceil(SAMPLE_MS / (await once(contender, 1)))));
    } catch (error) {
      if (contender === ours) throw error;
      failures.set(contender, error instanceof Error ? error.message : String(error));
    }
  }
  const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      if (failures.has(contender)) continue;
      samples.get(contender)?.push(await once(contender, repeats.get(contender) ?? 1));
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

/** The longest time that one submit of some work held the GPU, ms: from when it was queued, or the one before was done. */
export async function longestSubmit(device: GPUDevice, work: () => Promise<void>): Promise<number> {
  const { queue } = device;
  const submit = queue.submit.bind(queue);
  const waiting: Promise<void>[] = [];
  let free = 0;
  let longest = 0;
  queue.submit = (commands) => {
    const queued = performance.now();
    submit(commands);
    const done = () => {
      const now = performance.now();
      longest = Math.max(longest, now - Math.max(queued, free));
      free = now;
    };
    waiting.push(queue.onSubmittedWorkDone().then(done));
  };
  try {
    await work();
    await Promise.all(waiting);
  } finally {
    queue.submit = submit;
  }
  return longest;
}
