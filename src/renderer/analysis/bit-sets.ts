/** Where units are on, as sets of bits: patterns of many units are found in long texts by and-ing words of 32 steps. */

/** Of each unit the steps at which it is on. */
export interface OnSets {
  readonly units: number;
  readonly steps: number;
  /** Words of a unit: its bits stand at [unit · words, (unit + 1) · words). */
  readonly words: number;
  readonly bits: Uint32Array;
}

/** A stretch of steps, [from, to). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Words of steps in one turn of the work, for a layer of 256 units about a million values. */
const TURN = 128;

/**
 * Units are on where their value is at least the threshold; of a negative threshold, at most.
 * @param values [T, H]
 * @param breath called between parts of the work; @throws what it throws
 */
export async function onSets(
  values: Float32Array,
  units: number,
  threshold: number,
  breath: () => Promise<void> = () => Promise.resolve(),
): Promise<OnSets> {
  const steps = values.length / units;
  const words = Math.ceil(steps / 32);
  const sets = { units, steps, words, bits: new Uint32Array(units * words) };
  for (let from = 0; from < words; from += TURN) {
    fill(sets, values, threshold, from, Math.min(from + TURN, words));
    await breath();
  }
  return sets;
}

/** Words [from, to) of every unit. */
function fill(
  { units, steps, words, bits }: OnSets,
  values: Float32Array,
  threshold: number,
  from: number,
  to: number,
): void {
  const isBelow = threshold < 0;
  for (let word = from; word < to; word++) {
    const end = Math.min(word * 32 + 32, steps);
    for (let t = word * 32; t < end; t++) {
      const bit = 1 << (t & 31);
      const row = t * units;
      for (let unit = 0, at = word; unit < units; unit++, at += words) {
        const value = values[row + unit] as number;
        if (isBelow ? value <= threshold : value >= threshold) bits[at] = (bits[at] as number) | bit;
      }
    }
  }
}

export function isOn({ words, bits }: OnSets, unit: number, step: number): boolean {
  return (((bits[unit * words + (step >>> 5)] ?? 0) >>> (step & 31)) & 1) === 1;
}

/** The units that are on at every step of a stretch; with `exactly`, those alone that are off just before and after it. */
export function onThroughout(sets: OnSets, { from, to }: Stretch, exactly: boolean): number[] {
  const found: number[] = [];
  for (let unit = 0; unit < sets.units; unit++) {
    let all = to > from;
    for (let step = from; step < to && all; step++) all = isOn(sets, unit, step);
    const beside =
      exactly && ((from > 0 && isOn(sets, unit, from - 1)) || (to < sets.steps && isOn(sets, unit, to)));
    if (all && !beside) found.push(unit);
  }
  return found;
}

/** The longest stretches at which all of the units are on, in the order of the text; none for no units. */
export function stretchesOfAll(sets: OnSets, units: readonly number[]): Stretch[] {
  const [first, ...others] = units;
  if (first === undefined) return [];
  const { words, bits, steps } = sets;
  const all = bits.slice(first * words, (first + 1) * words);
  for (const unit of others)
    for (let word = 0, at = unit * words; word < words; word++, at++)
      all[word] = (all[word] as number) & (bits[at] as number);
  const found: Stretch[] = [];
  let from = -1;
  for (let word = 0; word < words; word++) {
    const value = all[word] as number;
    // Words in which nothing begins or ends are most of them.
    if (value === 0 && from < 0) continue;
    if (value === 0xffffffff && from >= 0) continue;
    for (let bit = 0; bit < 32; bit++) {
      const on = ((value >>> bit) & 1) === 1;
      const step = word * 32 + bit;
      if (on && from < 0) from = step;
      else if (!on && from >= 0) {
        found.push({ from, to: step });
        from = -1;
      }
    }
  }
  if (from >= 0) found.push({ from, to: steps });
  return found;
}
