import { describe, expect, test } from 'vitest';
import { describeMessages } from '../../../src/renderer/gpu/kernel.ts';
import { assemble, shaderInterface } from '../../../src/renderer/gpu/shader.ts';

describe('assemble', () => {
  test('constants stand in front, directives before them', () => {
    expect(assemble('fn main() {}\nenable f16;', { ROWS: 4, BIAS: true }, {})).toBe(
      'enable f16;\nconst ROWS = 4;\nconst BIAS = true;\nfn main() {}',
    );
  });

  test('an include is taken once, and may include others', () => {
    const files = { 'a.wgsl': '#include "b.wgsl"\nfn a() {}', 'b.wgsl': 'fn b() {}' };
    expect(assemble('#include "a.wgsl"\n#include "b.wgsl"\nfn main() {}', {}, files)).toBe(
      'fn b() {}\nfn a() {}\nfn main() {}',
    );
  });

  test.each([
    [{ A: true, B: 0 }, 'a\nnot b'],
    [{ A: true, B: 2 }, 'a\nb'],
    [{ A: false, B: 2 }, 'not a'],
    [{}, 'not a'],
  ])('conditions nest: %o', (constants: Record<string, number | boolean>, expected) => {
    const code = '#if A\na\n#if B\nb\n#else\nnot b\n#endif\n#endif\n#if !A\nnot a\n#endif';
    const body = assemble(code, constants, {}).split('\n').slice(Object.keys(constants).length).join('\n');
    expect(body).toBe(expected);
  });

  test('loops are unrolled, with bounds from constants', () => {
    const code = '#for i 0 N\n#for j 1 3\nlet s{i}_{j} = {i};\n#endfor\n#endfor';
    expect(assemble(code, { N: 2 }, {}).split('\n').slice(1)).toEqual([
      'let s0_1 = 0;',
      'let s0_2 = 0;',
      'let s1_1 = 1;',
      'let s1_2 = 1;',
    ]);
  });

  test.each([
    [1, 'one'],
    [2, 'not one'],
  ])('a condition on a value: %i', (value, expected) => {
    const code = '#if A == 1\none\n#else\nnot one\n#endif\n#if !A == 1\n#else\n#endif';
    expect(assemble(code, { A: value }, {})).toBe(`const A = ${value};\n${expected}`);
  });

  test('sums in braces', () => {
    const code = '#for i 0 2\nlet a{i+HALF} = b{i+3} + {j};\n#endfor';
    expect(assemble(code, { HALF: 4 }, {}).split('\n').slice(1)).toEqual([
      'let a4 = b3 + {j};',
      'let a5 = b4 + {j};',
    ]);
  });

  test.each([
    ['#include "none.wgsl"', 'no such file'],
    ['#if A', '#if without #endif'],
    ['#endif', '#endif without #if'],
    ['#for i 0 3', '#for without #endfor'],
    ['#for i 0 UNKNOWN\n#endfor', 'UNKNOWN is neither a number nor a constant'],
  ])('%s is refused', (code, message) => {
    expect(() => assemble(code, {}, {})).toThrow(message);
  });
});

describe('shaderInterface', () => {
  test('bindings in order, and the fields of Params', () => {
    const code = `
// @group(0) @binding(9) var<storage, read> comment: array<f32>;
struct Params { rows: u32, scale: f32, shift: i32, }
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
fn row() -> u32 { return params.rows; }`;
    expect(shaderInterface(code)).toEqual({
      bindings: [
        { name: 'params', binding: 0, type: 'uniform' },
        { name: 'x', binding: 1, type: 'read-only-storage' },
        { name: 'out', binding: 2, type: 'storage' },
      ],
      params: [
        { name: 'rows', type: 'u32', isRead: true },
        { name: 'scale', type: 'f32', isRead: false },
        { name: 'shift', type: 'i32', isRead: false },
      ],
    });
  });

  test('a parameter that is no 4-byte scalar is refused', () => {
    expect(() => shaderInterface('struct Params { a: vec4f }')).toThrow('“a: vec4f” is no u32, i32 or f32');
  });
});

test('a message is shown with its line', () => {
  const message = { type: 'error', lineNum: 2, linePos: 5, message: 'no such name' } as const;
  expect(describeMessages('k', 'one\nlet x = y;', [message])).toBe(
    'Kernel k, line 2: error: no such name\n  let x = y;\n      ^',
  );
});
