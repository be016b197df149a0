import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/capture/index.ts';
import { folderOf } from './folder.ts';
import { fileOf, rejection } from './make-safetensors.ts';
import { HeadgateError } from '../../../src/common/error.ts';

/** A capture of tensors with these shapes. */
function captureOf(
  shapes: Readonly<Record<string, readonly number[]>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let position = 0;
  const entries: Record<string, object> = { __metadata__: metadata };
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    entries[name] = { dtype: 'F32', shape, data_offsets: [position, position + bytes] };
    position += bytes;
  }
  return fileOf(JSON.stringify(entries), position);
}

const TOKENS = JSON.stringify([{ id: 5, text: 'the', special: false }, ' whale']);
const good = { headgate: '1', tokens: TOKENS, text: 'the whale', model: 'some-model' };

const read = (bytes: Uint8Array, name = 'run.safetensors') => format.read(folderOf({ [name]: bytes }), name);

describe('captures', () => {
  test('are claimed by what they say of themselves, and weights are not', async () => {
    const capture = captureOf({ 'hidden_states.0': [2, 3] }, good);
    const weights = captureOf({ 'wte.weight': [2, 3] }, { format: 'pt' });
    expect(await format.claims(folderOf({ 'run.safetensors': capture }), null)).toBe('run.safetensors');
    expect(await format.claims(folderOf({ 'run.safetensors': capture }), 'run.safetensors')).toBe(
      'run.safetensors',
    );
    expect(await format.claims(folderOf({ 'model.safetensors': weights }), null)).toBeNull();
    // Beside a model it must be named.
    const both = folderOf({ 'run.safetensors': capture, 'config.json': new TextEncoder().encode('{}') });
    expect(await format.claims(both, null)).toBeNull();
    expect(
      await format.claims(folderOf({ 'run.safetensors': new Uint8Array(3) }), 'run.safetensors'),
    ).toBeNull();
  });

  test('say what their tokens, their text and their model are', async () => {
    const { config, tensors, notes } = await read(
      captureOf(
        { 'hidden_states.0': [1, 2, 3], 'attentions.0': [4, 2, 2], logits: [1, 2, 7], 'mine.own': [5] },
        good,
      ),
    );
    expect(config).toMatchObject({
      model_type: 'headgate-capture',
      tokens: [
        { id: 5, text: 'the', special: false },
        { id: 1, text: ' whale', special: false },
      ],
      source_tokens: null,
      text: 'the whale',
    });
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['hidden_states.0', [2, 3]],
      ['attentions.0', [4, 2, 2]],
      ['logits', [2, 7]],
      ['mine.own', [5]],
    ]);
    expect(notes?.at(-1)).toMatch(/A captured run of some-model: there is no model behind it/);
  });

  test('of stacked layers are taken apart', async () => {
    const { tensors } = await read(
      captureOf({ hidden_states: [3, 1, 2, 4], attentions: [2, 5, 2, 2] }, good),
    );
    expect(tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['hidden_states.0', [2, 4]],
      ['hidden_states.1', [2, 4]],
      ['hidden_states.2', [2, 4]],
      ['attentions.0', [5, 2, 2]],
      ['attentions.1', [5, 2, 2]],
    ]);
    const [first, second] = tensors;
    expect(first?.end).toBe(second?.begin);
    expect((first?.end ?? 0) - (first?.begin ?? 0)).toBe(2 * 4 * 4);
  });

  test.each([
    {
      what: 'no tokens',
      metadata: { headgate: '1', tokens: '' },
      message: /"tokens" of its metadata is not valid JSON/,
    },
    { what: 'no list', metadata: { headgate: '1', tokens: '{}' }, message: /is no list of tokens/ },
    { what: 'an empty list', metadata: { headgate: '1', tokens: '[]' }, message: /is empty/ },
    { what: 'a number', metadata: { headgate: '1', tokens: '[3]' }, message: /has no text for token 0/ },
    {
      what: 'a bad id',
      metadata: { headgate: '1', tokens: '[{"id":-1,"text":"a"}]' },
      message: /has no id for token 0/,
    },
    {
      what: 'half an id',
      metadata: { headgate: '1', tokens: '[{"id":1.5,"text":"a"}]' },
      message: /has no id for token 0/,
    },
    {
      what: 'an endless text',
      metadata: { headgate: '1', tokens: JSON.stringify(['x'.repeat(1001)]) },
      message: /a text of 1001 characters/,
    },
    {
      what: 'bad source tokens',
      metadata: { ...good, source_tokens: '7' },
      message: /"source_tokens" of its metadata is no list/,
    },
    {
      what: 'other hidden states',
      metadata: good,
      shapes: { 'hidden_states.0': [3, 4] },
      message: /"hidden_states.0" of shape \[3, 4\]; its text asks for \[2 tokens, units\]/,
    },
    {
      what: 'other patterns',
      metadata: good,
      shapes: { 'attentions.1': [4, 2, 3] },
      message: /"attentions.1" of shape \[4, 2, 3\]; its text asks for \[heads, 2 tokens, 2 tokens\]/,
    },
    {
      what: 'flat patterns',
      metadata: good,
      shapes: { 'attentions.0': [2, 2] },
      message: /"attentions.0" of shape \[2, 2\]/,
    },
    {
      what: 'a source without tokens',
      metadata: good,
      shapes: { 'cross_attentions.0': [1, 2, 4] },
      message: /0 source tokens/,
    },
    {
      what: 'deep JSON',
      metadata: { headgate: '1', tokens: '['.repeat(5000) },
      message: /is not valid JSON/,
    },
  ])('with $what are refused', async ({ metadata, shapes = { 'hidden_states.0': [2, 3] }, message }) => {
    const error = await rejection(read(captureOf(shapes, metadata)));
    expect(error).toBeInstanceOf(HeadgateError);
    expect((error as HeadgateError).message).toMatch(message);
    expect((error as HeadgateError).message).toContain('run.safetensors');
    expect((error as HeadgateError).hint).not.toBe('');
  });
});
