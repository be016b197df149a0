import type { Rope } from '../../../common/configs/rope.ts';
import type { RotaryFrequencies } from './rotary-table.ts';

/**
 * Frequencies of a rotary embedding, rounded to f32 as Transformers rounds them, after modeling_rope_utils.py of Transformers.
 * @param width elements that are rotated; an odd number has one pair more than whole ones
 * @param length tokens of the text, on which some kinds depend
 */
export function ropeFrequencies(rope: Rope, width: number, length: number): RotaryFrequencies {
  const theta = rope.kind === 'dynamic' ? dynamicTheta(rope, width, length) : rope.theta;
  // Rounded at each step: over long texts the differences of f32 show.
  const grown = Array.from({ length: Math.ceil(width / 2) }, (_, i) =>
    Math.fround(theta ** Math.fround((2 * i) / width)),
  );
  const plain = grown.map((power) => Math.fround(1 / power));
  return {
    inverse: Float64Array.from(stretch(rope, width, length, grown, plain), Math.fround),
    factor: factorOf(rope),
  };
}

function factorOf(rope: Rope): number {
  return rope.kind === 'yarn' || rope.kind === 'longrope' ? rope.attention : 1;
}

function dynamicTheta(
  { theta, factor, original }: Rope & { kind: 'dynamic' },
  width: number,
  length: number,
): number {
  const longer = Math.max(length, original) / original;
  return theta * (factor * longer - (factor - 1)) ** (width / (width - 2));
}

/** @param grown θ^(2i/width) @param plain its inverse */
function stretch(rope: Rope, width: number, length: number, grown: number[], plain: number[]): number[] {
  switch (rope.kind) {
    case 'default':
    case 'dynamic':
      return plain;
    case 'linear':
      return plain.map((inverse) => inverse / rope.factor);
    case 'llama3':
      return plain.map((inverse) => llama3(rope, inverse));
    case 'yarn':
      return yarn(rope, width, plain);
    case 'longrope': {
      const factors = length > rope.original ? rope.long : rope.short;
      return grown.map((power, i) => 1 / Math.fround(Math.fround(factors[i] ?? 1) * power));
    }
  }
}

/** Long waves are stretched, short ones not, those between in part. */
function llama3({ factor, original, low, high }: Rope & { kind: 'llama3' }, inverse: number): number {
  const turns = (original * inverse) / (2 * Math.PI);
  const kept = Math.min(Math.max((turns - low) / (high - low), 0), 1);
  return (1 - kept) * (inverse / factor) + kept * inverse;
}

function yarn(
  { factor, original, fast, slow, truncate, theta }: Rope & { kind: 'yarn' },
  width: number,
  plain: number[],
) {
  /** The pair that turns so often within the original length. */
  const pairOf = (turns: number) =>
    (width * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const low = Math.max(truncate ? Math.floor(pairOf(fast)) : pairOf(fast), 0);
  const high = Math.min(truncate ? Math.ceil(pairOf(slow)) : pairOf(slow), width - 1);
  const span = high === low ? 0.001 : high - low;
  return plain.map((inverse, i) => {
    const stretched = Math.min(Math.max((i - low) / span, 0), 1);
    return stretched * (inverse / factor) + (1 - stretched) * inverse;
  });
}
