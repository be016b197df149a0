import { expect, test } from 'vitest';
import { planSafetensors } from '../../../src/common/formats/safetensors/writer.ts';
import { readSafetensors } from '../../helpers/safetensors.ts';

test('a planned file is read by another reader', () => {
  const plan = planSafetensors({ headgate: '1' }, [
    { name: 'hidden_states.0', dtype: 'F32', shape: [2, 2] },
    { name: 'logits', dtype: 'F32', shape: [1] },
  ]);
  const bytes = new Uint8Array(plan.size);
  bytes.set(plan.header);
  for (const { begin, end } of plan.tensors)
    new Float32Array(bytes.buffer, begin, (end - begin) / 4).fill(begin);
  const { metadata, tensors } = readSafetensors(bytes);
  expect(metadata).toEqual({ headgate: '1' });
  const [first] = plan.tensors;
  expect(tensors.get('hidden_states.0')).toMatchObject({
    shape: [2, 2],
    data: new Float32Array(4).fill(first?.begin ?? 0),
  });
  expect(tensors.get('logits')?.shape).toEqual([1]);
});

test.each([
  [
    'a name twice',
    [
      { name: 'a', dtype: 'F32', shape: [1] },
      { name: 'a', dtype: 'F32', shape: [1] },
    ],
  ],
  ['the reserved name', [{ name: '__metadata__', dtype: 'F32', shape: [1] }]],
  ['sizes that overflow', [{ name: 'a', dtype: 'F32', shape: [2 ** 30, 2 ** 30] }]],
] as const)('no file is planned for %s', (_what, tensors) => {
  expect(() => planSafetensors({}, tensors)).toThrow(expect.objectContaining({ code: 'bad-capture' }));
});
