/** Numbers as people read them. */

/** `6.4 MB`; decimal units, as file managers and GPU vendors count. */
export function formatBytes(bytes: number): string {
  return withUnit(bytes, ['B', 'kB', 'MB', 'GB', 'TB']);
}

/** `3.2 M` of parameters. */
export function formatCount(count: number): string {
  return withUnit(count, ['', 'k', 'M', 'B']).trimEnd();
}

/** `35.4 MFLOP` */
export function formatOperations(flop: number): string {
  return withUnit(flop, ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP']);
}

/** `38 ms`, `2.4 s`. */
export function formatTime(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `31.4 %`; tiny shares are told apart from nothing. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  return `${percent >= 99.95 ? '100' : percent.toFixed(1)} %`;
}

/** `0.0123` nats; three digits that count. */
export function formatNats(nats: number): string {
  if (nats > 0 && nats < 1e-5) return '<0.00001';
  return nats >= 1 ? nats.toFixed(2) : String(Number(nats.toPrecision(2)));
}

function withUnit(value: number, units: readonly string[]): string {
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : 1;
  return `${scaled.toFixed(digits)} ${units[unit] ?? ''}`;
}
