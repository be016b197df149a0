import { describe, expect, test } from 'vitest';
import { format } from '../../../src/common/formats/capture/index.ts';
import { folderOf } from './folder.ts';
import { captureOf, good, npyOf, npyTexts, npzOf } from './make-capture.ts';

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

  test('of classifiers say their labels', async () => {
    const labels = { labels: '["no","yes"]', labels_of: 'text', problem_type: 'multi_label_classification' };
    const { config } = await read(captureOf({ logits: [2] }, { ...good, ...labels }));
    expect(config).toMatchObject({
      captured_labels: { labels: 'text', names: ['no', 'yes'], scoring: 'sigmoid' },
    });
    expect((await read(captureOf({ logits: [2, 7] }))).config).toMatchObject({ captured_labels: null });
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

  test('of an encoder alone have the text as its source, as Python writes them', async () => {
    const { config } = await read(captureOf({ 'encoder_attentions.0': [1, 2, 2] }));
    expect(config).toMatchObject({ source_tokens: [{ id: 5 }, { id: 1 }] });
  });

  test('with a gap say which layers views leave out', async () => {
    const { notes } = await read(captureOf({ 'attentions.1': [2, 2, 2], 'hidden_states.0': [2, 3] }));
    expect(notes).toContain(
      'Layers are counted from 0 without a gap, so the views of a run leave out "attentions.1".',
    );
  });

  test('in npz have their tokens from texts or numbers, and say when they do not fit', async () => {
    const of = (arrays: Record<string, Uint8Array>) =>
      read(npzOf({ 'hidden_states.0': npyOf([2, 3]), ...arrays }), 'run.npz');
    const texts = async (arrays: Record<string, Uint8Array>) =>
      ((await of(arrays)).config as { tokens: { text: string }[] }).tokens.map(({ text }) => text);
    expect(await texts({ tokens: npyTexts(['the', ' whale']) })).toEqual(['the', ' whale']);
    expect(await texts({ input_ids: npyOf([1, 2], '<i4') })).toEqual(['#0 ', '#0 ']);
    expect(await texts({ input_ids: npyOf([3], '<i4') })).toEqual(['0 ', '1 ']);
    expect((await of({ tokens: npyTexts(['the']) })).notes).toContain(
      'The array "tokens" has 1 texts for 2 tokens, so it is not used.',
    );
  });
});
