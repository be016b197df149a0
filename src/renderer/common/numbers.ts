/** Numbers as people read them: one way for each kind of number, whichever part of the window shows it. */

/** Shares that differ from the whole by less than this are the whole: what sums of f32 leave. */
const ROUNDING = 1e-6;

/**
 * A share or a probability: `31.4 %`. What is nearly nothing or nearly everything is told apart from that: `<0.1 %`,
 * `>99.9 %`.
 */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return formatValue(share);
  if (share === 0) return '0 %';
  if (Math.abs(share - 1) < ROUNDING) return '100 %';
  if (share > 0 && share < 0.001) return '<0.1 %';
  if (share < 1 && share >= 0.9995) return '>99.9 %';
  return `${minus((share * 100).toFixed(1))} %`;
}

/** A value of a tensor, such as an activation, a weight of attention, a logit or a norm: short, with the digits that matter. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e5 || size < 1e-3) {
    const [digits = '', exponent = '0'] = value.toExponential(1).split('e');
    return minus(`${digits.replace(/\.0$/, '')}e${Number(exponent)}`);
  }
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.01 ? 3 : 4;
  return minus(value.toFixed(digits));
}

/** A tick of a scale: `formatValue` without the zeros that round numbers end on. */
export function formatTick(value: number): string {
  return formatValue(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** How far a scale reaches, where there is little room: two digits. */
export function formatReach(value: number): string {
  return formatTick(Number(value.toPrecision(2)));
}

/** A value where there is little room: one decimal, and no sign where that rounds to nothing. */
export function formatTenths(value: number): string {
  return minus((Math.round(value * 10) / 10 || 0).toFixed(1));
}

/** A cosine: `−0.154`; three digits, so that equal ones stand under each other. */
export function formatCosine(cosine: number): string {
  if (!Number.isFinite(cosine)) return formatValue(cosine);
  return minus(cosine.toFixed(3)).replace(/^−(0\.000)$/, '$1');
}

/** A correlation: `−0.79`, two digits. */
export function formatCorrelation(r: number): string {
  return Number.isFinite(r) ? minus(r.toFixed(2)).replace(/^−(0\.00)$/, '$1') : formatValue(r);
}

/** A term of a sum that is written out: two decimals, a true minus. */
export function formatTerm(value: number): string {
  return value.toFixed(2).replace('-', '−');
}

/** The logarithm of a probability: `−12.31`. */
export function formatLogProbability(value: number): string {
  return Number.isFinite(value) ? minus(value.toFixed(2)).replace(/^−(0\.00)$/, '$1') : formatValue(value);
}

/** `0.0123` of nats; two digits that count. */
export function formatNats(nats: number): string {
  if (!Number.isFinite(nats)) return formatValue(nats);
  if (nats <= 0) return '0';
  if (nats < 1e-5) return '<0.00001';
  return nats >= 1 ? nats.toFixed(2) : String(Number(nats.toPrecision(2)));
}

/** What something is multiplied by: `×0.5`, `×1.25`. */
export function formatFactor(factor: number): string {
  return `×${minus(String(Number(factor.toFixed(2))))}`;
}

/** `1 token`, `2 tokens`, `12,000 tokens`. @param many left out: with an s */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatWhole(count)} ${count === 1 ? one : many}`;
}

/** `100,000` */
export function formatWhole(count: number): string {
  return count.toLocaleString('en-US');
}

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

/** How far work is: `42 %`. */
export function formatProgress(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A number without what binary fractions leave behind its twelfth digit, such as a sum of steps. */
export function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** A length of a picture: for paths and styles, not for people. @param digits after the point, at most */
export function coordinate(length: number, digits = 2): string {
  return String(Number(length.toFixed(digits)));
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

/** With a minus as wide as a digit instead of hyphens. */
function minus(text: string): string {
  return text.replaceAll('-', '−');
}
