import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/common/configs/config.ts';
import { parseRope } from '../../../src/common/configs/rope.ts';
import { ropeFrequencies } from '../../../src/renderer/models/transformer/rope-frequencies.ts';
import references from '../../fixtures/decoders/rope.json';

const SIZES = { positions: 64, headWidth: 8 };

function kind(config: Config) {
  return parseRope(config, SIZES).rope;
}

describe('frequencies', () => {
  test.each(references.map((entry) => [entry.config.rope_parameters.rope_type, entry] as const))(
    '%s: those of Transformers',
    (_, { config, width, length, inverse, factor }) => {
      const positions = config.max_position_embeddings;
      const { rope } = parseRope(config, { positions, headWidth: width });
      const found = ropeFrequencies(rope, width, length);
      expect(found.factor).toBeCloseTo(factor, 7);
      expect(found.inverse.length).toBe(inverse.length);
      for (const [i, expected] of inverse.entries())
        expect(Math.abs((found.inverse[i] ?? NaN) / expected - 1)).toBeLessThan(3e-7);
    },
  );

  test('an odd width has one pair more than whole ones', () => {
    expect(ropeFrequencies({ kind: 'default', theta: 100 }, 5, 1).inverse.length).toBe(3);
  });
});

describe('config', () => {
  test.each([
    [{}, { kind: 'default', theta: 10000 }],
    [
      { rope_theta: 500, rope_scaling: null },
      { kind: 'default', theta: 500 },
    ],
    [{ rope_parameters: { rope_type: 'default', rope_theta: 500 } }, { kind: 'default', theta: 500 }],
    [
      { rope_theta: 7, rope_scaling: { type: 'linear', factor: 2 } },
      { kind: 'linear', theta: 7, factor: 2 },
    ],
    [{ rope_scaling: { type: 'dynamic', factor: 2 } }, { kind: 'dynamic', original: 64 }],
    [{ rope_scaling: { type: 'yarn', factor: 4 } }, { kind: 'yarn', original: 64, fast: 32, truncate: true }],
  ])('%o', (config, expected) => {
    expect(kind(config)).toMatchObject(expected);
  });

  test('a text may be as long as the stretching allows', () => {
    const positions = (rope_scaling: Config) => parseRope({ rope_scaling }, SIZES).positions;
    expect(parseRope({}, SIZES).positions).toBe(64);
    expect(positions({ type: 'linear', factor: 2.5 })).toBe(160);
    expect(positions({ type: 'yarn', factor: 4, original_max_position_embeddings: 32 })).toBe(128);
    expect(positions({ type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 })).toBe(64);
  });

  test('a share of each head is rotated where the family has one', () => {
    const names = { theta: 'rotary_emb_base', share: { name: 'rotary_pct', otherwise: 0.25 } };
    const parse = (config: Config, headWidth = 8) => parseRope(config, { positions: 64, headWidth }, names);
    expect(parse({})).toMatchObject({ rotated: 2, rope: { theta: 10000 } });
    expect(parse({ rotary_pct: 0.5, rotary_emb_base: 5 })).toMatchObject({ rotated: 4, rope: { theta: 5 } });
    expect(parse({ rope_parameters: { partial_rotary_factor: 0.5 } }, 10).rotated).toBe(5);
    expect(() => parse({ rotary_pct: 1.5 })).toThrow('“rotary_pct” is 1.5');
    expect(() => parse({ rotary_pct: 0.01 })).toThrow('“rotary_pct” is 0.01');
  });

  test.each([
    [{ rope_theta: 0 }, 'bad-config', '“rope_theta” is 0; it must be a number above 0'],
    [{ rope_theta: 1 }, 'bad-config', '“rope_theta” is 1; it must be a number above 1'],
    [{ rope_scaling: 'linear' }, 'bad-config', '“rope_scaling” is "linear"'],
    [{ rope_scaling: { type: 'linear' } }, 'bad-config', '“rope_scaling.factor” is missing'],
    [
      { rope_parameters: { rope_type: 'linear', factor: -1 } },
      'bad-config',
      '“rope_parameters.factor” is -1',
    ],
    [{ rope_scaling: { type: 'mrope' } }, 'unknown-rope-type', '“rope_scaling.type” is “mrope”'],
    [{ rope_scaling: { type: 'toString' } }, 'unknown-rope-type', '“toString”'],
    [
      { rope_scaling: { type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 } },
      'bad-config',
      '“rope_scaling.high_freq_factor” is 4; it must be above low_freq_factor, which is 4',
    ],
    [
      { rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [1] } },
      'bad-config',
      '“rope_scaling.short_factor” is [1]; it must be a list of 4 numbers above 0',
    ],
  ])('%o is refused', (config, code, message) => {
    expect(() => kind(config)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  test('a head of odd width can not be rotated whole', () => {
    expect(() => parseRope({}, { positions: 64, headWidth: 7 })).toThrow('“head_dim” is 7');
  });
});
