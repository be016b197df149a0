/** The view of outputs on models that give labels: what it says and draws is what the run gives. */
import axe from 'axe-core';
import { flushSync, mount, unmount } from 'svelte';
import { expect, test } from 'vitest';
import '../../../src/renderer/ui/tokens.css';
import '../../../src/renderer/ui/base.css';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import { topOf } from '../../../src/renderer/runs/facets/readout.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import Outputs, { create } from '../../../src/renderer/views/outputs/Outputs.svelte';
import { byFolder, memoryModel } from '../../helpers/fixture-model.ts';
import { testGpu } from '../../helpers/gpu.ts';
import { must } from '../../helpers/must.ts';
import { idsOf, readFixture } from '../../helpers/parity.ts';
import { allMarks } from './agreement.ts';
import { TestContext } from './context.svelte.ts';

const fixtures = byFolder(
  import.meta.glob<string>(
    '../../fixtures/classifiers/{roberta-multi,distilbert-regression,bert-tokens,t5-span}/*.{json,safetensors}',
    { query: '?url', import: 'default', eager: true },
  ),
);
const gpu = await testGpu();
const { signal } = new AbortController();

test.each([
  ['roberta-multi', 'text', 'Labels of the text'],
  ['distilbert-regression', 'text', 'Values of the text'],
  ['bert-tokens', 'tokens', 'Labels of “·w3”'],
  ['t5-span', 'span', 'Answers'],
])('%s', async (name, kind, about) => {
  const { files, reference } = await readFixture(must(fixtures.get(name)));
  const source = await memoryModel(name, files);
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const named = (id: number): Token => ({ id, text: ` w${id}`, span: [0, 1], special: id < 5 });
  const tokens = idsOf(reference, 'input_ids').map((id, t) => ({
    ...named(id),
    text: ` w${t}`,
    special: false,
  }));
  const run = await model.run({ text: '', tokens, vocabulary: named }, signal);
  const pane = document.createElement('main');
  pane.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 640px; height: 520px';
  document.body.replaceChildren(pane);
  const context = new TestContext(run);
  context.selection.lock({ token: { side: kind === 'span' ? 'source' : 'target', index: 3 } });
  const view = create(context, null);
  const mounted = mount(Outputs, { target: pane, props: { view: view as never } });
  const rows = () =>
    [...pane.querySelectorAll('[data-testid="output-bars"] li')].map((row) => row.textContent);
  await expect.poll(() => rows().length, { timeout: 60_000 }).toBeGreaterThan(0);
  await expect.poll(() => pane.querySelector('[aria-busy="true"]'), { timeout: 60_000 }).toBeNull();
  expect(pane.querySelector('[data-testid="output-bars"] h3')?.textContent).toContain(about);
  const best = await topOf(run, 3, 10);
  if (kind !== 'span') expect(rows()[0]).toContain(must(best[0]).token.text);
  else expect(pane.querySelectorAll('.answer').length).toBeGreaterThan(0);
  expect(pane.querySelector('[data-testid="predictions-table"]') === null).toBe(kind === 'text');
  const { violations } = await axe.run(pane, { rules: { 'page-has-heading-one': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);

  const drawing = await must(view.drawing).call(view, { width: 800, height: 600, text: 12 });
  const texts = [...allMarks(drawing.marks)].flatMap((mark) => (mark.kind === 'text' ? [mark.text] : []));
  if (kind !== 'span') expect(texts).toContain(must(best[0]).token.text);
  const table = await must(view.table).call(view);
  expect(table.columns).toContain('probability');
  expect([...table.rows].length).toBe(kind === 'text' ? best.length : tokens.length * best.length);
  context.size = 'presented';
  flushSync();
  expect(rows().length).toBeGreaterThan(0);
  await unmount(mounted);
  view.close();
  run.dispose();
  model.dispose();
});
