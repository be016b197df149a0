import { describe, expect, test } from 'vitest';
import { scoresOf } from '../../src/renderer/analysis/labels.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { predictsOf, topOf } from '../../src/renderer/runs/facets/readout.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import { byFolder, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { closeAll, compareActivation, compareParameters, pairOf, readFixture } from '../helpers/parity.ts';
import { testGpu } from '../helpers/gpu.ts';

const urls = import.meta.glob<string>('../fixtures/classifiers/*/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const { signal } = new AbortController();
const fixtures = byFolder(urls);
const gpu = await testGpu();
const LOGITS = /(^|_)logits$/;

test('there are fixtures of every kind of head of every family', () => {
  const kinds = (family: string) =>
    [...fixtures.keys()]
      .filter((name) => name.startsWith(`${family}-`))
      .map((name) => name.split('-')[1])
      .sort();
  for (const family of ['bert', 'roberta', 'distilbert', 'electra', 'modernbert', 'mpnet', 'albert', 't5'])
    expect(new Set(kinds(family)).size, family).toBe(3);
  for (const family of [
    'gpt2',
    'gpt_neo',
    'gpt_neox',
    'opt',
    'llama',
    'mistral',
    'qwen2',
    'qwen3',
    'gemma',
    'gemma2',
    'gemma3_text',
    'phi',
    'phi3',
    'bart',
  ])
    expect(kinds(family), family).toContain('sequence');
});

async function openFixture(name: string) {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  const source = await memoryModel(name, files, 4099);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  return { model, reference, input: pairOf(reference), config: source.model.config ?? {} };
}

const logitsOf = (run: Run) => [...run.activations.keys()].filter((name) => LOGITS.test(name));

describe.each([...fixtures.keys()])('%s', (name) => {
  test('gives what Transformers gives, also with a silent head', async () => {
    const { model, reference, input, config } = await openFixture(name);
    const run = await model.run(input, signal);
    compareParameters(run, name);
    let most = 0;
    for (const [tensor, { shape, data }] of reference.tensors) {
      if (/^(input_ids|token_type_ids|silenced\..*)$/.test(tensor)) continue;
      expect(run.activations.get(tensor)?.shape, tensor).toEqual(shape);
      const gap = await compareActivation(run, tensor, data);
      if (LOGITS.test(tensor)) most = Math.max(most, gap);
    }
    console.info(`${name}: logits ${most.toExponential(1)}`);
    expect(model.writes).toBeUndefined();

    // Labels with their names and probabilities.
    const [first = ''] = logitsOf(run);
    const { shape, data } = must(reference.tensors.get(first));
    const at = shape.length === 2 ? 3 : 0;
    const top = await topOf(run, at, 10);
    if (predictsOf(run) === 'span') {
      expect(top.map(({ token }) => token.text).sort()).toEqual(['end', 'start']);
    } else {
      const C = must(shape.at(-1));
      const row = data.subarray(at * C, (at + 1) * C);
      const scoring =
        shape.length === 1 && config['problem_type'] === 'multi_label_classification'
          ? 'sigmoid'
          : predictsOf(run) === 'value'
            ? 'value'
            : 'softmax';
      const names = Object.values((config['id2label'] ?? {}) as Record<string, string>);
      expect(predictsOf(run)).toBe(/regression|qwen3|mean/.test(name) ? 'value' : 'label');
      expect(top).toHaveLength(C);
      for (const { token, probability } of top) {
        expect(token.text).toBe(names[token.id] ?? `LABEL_${token.id}`);
        expect(probability).toBeCloseTo(must(scoresOf(row, scoring)[token.id]), 3);
      }
    }

    // A silent head changes the labels as it does in Transformers.
    const changed = await must(model.intervene).call(
      model,
      run,
      [{ kind: 'head', layer: 0, head: 0, factor: 0 }],
      signal,
    );
    for (const tensor of logitsOf(changed))
      await compareActivation(changed, tensor, must(reference.tensors.get(`silenced.${tensor}`)).data);
    const difference = must(must(changed.facet('changes')).difference);
    const far = await difference.divergence();
    expect(far).toHaveLength(difference.isOfText ? 1 : input.tokens.length);
    expect(Math.max(...far)).toBeGreaterThan(0);
    const moved = await difference.changes(at, 10);
    const after = await topOf(changed, at, 10);
    for (const { token, after: now } of moved)
      expect(now).toBeCloseTo(must(after.find(({ token: other }) => other.id === token.id)).probability, 5);
    closeAll(gpu, model, run, changed);
  });
});
