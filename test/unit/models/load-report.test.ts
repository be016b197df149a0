import { describe, expect, test } from 'vitest';
import { differingCopies } from '../../../src/common/configs/copies.ts';
import { remarksOn } from '../../../src/common/configs/remarks.ts';
import { loadReport, reportSections, shortReport } from '../../../src/common/load-report.ts';
import { must } from '../../helpers/must.ts';
import { BERT, GPT2, LLAMA, open, renamed, shapesOf, type Shapes } from '../fit/folder-model.ts';

async function report(config: Record<string, unknown>, shapes: Shapes, isSoftware: boolean | null = null) {
  const { detail, check: found } = await open(config, shapes);
  const check = must(found);
  const differing = await differingCopies(check.copies, () => Promise.resolve(new Uint8Array(0)));
  const remarks = remarksOn(check, detail, differing);
  return loadReport(detail, { check, differing, remarks, recognised: null, beside: {}, isSoftware });
}

const gpt2 = () => shapesOf(GPT2);

describe('the report of a load', () => {
  test('a plain model has little to say', async () => {
    const found = await report(GPT2, gpt2(), false);
    expect(reportSections(found)).toEqual([
      { key: 'format', title: 'Format', lines: ['safetensors: model.safetensors'] },
      {
        key: 'types',
        title: 'Types',
        lines: [`F32 (${Object.keys(gpt2()).length} tensors) → F32, as stored`],
      },
      {
        key: 'tied',
        title: 'Tied',
        lines: [expect.stringMatching(/^lm_head\.weight = wte\.weight: no file holds it/)],
      },
    ]);
  });

  test.each<[string, Record<string, unknown>, Shapes, readonly string[]]>([
    ['tied by the family', GPT2, gpt2(), ['lm_head.weight = wte.weight: this family ties them']],
    [
      'tied by the config',
      { ...LLAMA, tie_word_embeddings: true },
      shapesOf({ ...LLAMA, tie_word_embeddings: true }),
      ['lm_head.weight = embed_tokens.weight: tie_word_embeddings in config.json'],
    ],
    [
      'stored twice',
      GPT2,
      { ...gpt2(), 'lm_head.weight': [11, 8] },
      ['lm_head.weight = wte.weight: both are stored'],
    ],
    ['not tied', LLAMA, { ...shapesOf(LLAMA), 'lm_head.weight': [11, 8] }, []],
    ['an encoder without a head', BERT, shapesOf(BERT), []],
  ])('what is tied, and why: %s', async (_, config, shapes, expected) => {
    const { tied } = await report(config, shapes);
    const lines = tied.map(
      ({ name, to, why }) => `${name} = ${to}: ${why.replace('no file holds it; ', '')}`,
    );
    expect(lines).toHaveLength(expected.length);
    for (const [i, line] of expected.entries()) expect(lines[i]).toContain(line);
  });

  test('a config that is made of a file’s metadata is no config.json', async () => {
    const config = { ...LLAMA, tie_word_embeddings: true };
    const { detail, check } = await open(config, shapesOf(config));
    const files = detail.files.filter(({ name }) => name !== 'config.json');
    const parts = {
      differing: [],
      remarks: { sentences: [] },
      recognised: null,
      beside: {},
      isSoftware: null,
    };
    const { tied } = loadReport({ ...detail, files }, { check: must(check), ...parts } as never);
    expect(tied.map(({ why }) => why)).toEqual(['no file holds it; the token table is the output head then']);
  });

  test('what was mapped, and what was left out', async () => {
    const shapes = renamed({ ...gpt2(), 'h.0.gate': [3] }, (name) => `module.${name}`);
    const found = await report(GPT2, shapes);
    expect(found).toMatchObject({ prefix: 'module.', leftOut: ['h.0.gate'] });
    const keys = reportSections(found).map(({ key }) => key);
    expect(keys).toEqual(['caution', 'format', 'types', 'note', 'tied', 'left out']);
  });

  test('long lists are cut in a capture, and counted', async () => {
    const more = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x.${i}`, [1]]));
    const short = shortReport(await report(GPT2, { ...gpt2(), ...more }));
    expect(short).toMatchObject({ leftOut: { length: 12 }, omitted: { leftOut: 18 } });
  });
});
