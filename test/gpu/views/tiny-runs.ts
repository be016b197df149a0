/** A run of every kind that views can be asked to show, of the smallest models that the repository has. */
import { withRecognisedConfig } from '../../../src/common/configs/recognised.ts';
import type { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import { findFamily } from '../../../src/renderer/families/registry.ts';
import type { RunInput } from '../../../src/renderer/runs/run-input.ts';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';
import { byFolder, fetchBytes, memoryModel } from '../../helpers/fixture-model.ts';

const fixtures = byFolder(
  import.meta.glob<string>(
    '../../fixtures/{gpt2/odd-sizes,encoders/bert-masked-lm,encoder_decoders/marian-shared,recurrent/lstm-2-layers-f16,shapes/attention-additive,seq2seq/bentrevett-3}/*.{json,safetensors}',
    { query: '?url', import: 'default', eager: true },
  ),
);
const wordVectors = byFolder(
  import.meta.glob<string>(
    '../../../assets/models/headgate-word-vectors/{config.json,model.safetensors,vocab.txt}',
    {
      query: '?url',
      import: 'default',
      eager: true,
    },
  ),
);

const { signal } = new AbortController();
const named = (id: number): Token => ({ id, text: ` t${id}`, span: null, special: false });

/** The kinds, by what they are. */
export const KINDS = [
  'decoder',
  'masked language model',
  'encoder-decoder with beams',
  'recurrent language model',
  'recurrent translator with attention and beams',
  'recurrent classifier that pools by attention',
  'translator that writes',
  'word vectors',
] as const;
export type Kind = (typeof KINDS)[number];

/** Runs that are made once each, on one device. */
export class TinyRuns {
  readonly #runs = new Map<Kind, Promise<Run>>();

  constructor(private readonly gpu: Gpu) {}

  of(kind: Kind): Promise<Run> {
    const known = this.#runs.get(kind) ?? this.#make(kind);
    this.#runs.set(kind, known);
    return known;
  }

  async #make(kind: Kind): Promise<Run> {
    switch (kind) {
      case 'decoder':
        return this.#run('odd-sizes', [1, 5, 2, 9, 5, 1, 2]);
      case 'masked language model':
        return this.#run('bert-masked-lm', [2, 5, 4, 7, 3], (token) =>
          token.id === 4 ? { ...token, mask: true, special: true } : token,
        );
      case 'encoder-decoder with beams':
        return this.#run('marian-shared', [4, 9, 6, 1], undefined, { beams: 2, maxTokens: 5 });
      case 'recurrent language model':
        return this.#run('lstm-2-layers-f16', [1, 3, 2, 4, 1, 2]);
      case 'recurrent translator with attention and beams':
        return this.#run('bentrevett-3', [2, 5, 4, 3], undefined, { beams: 2, maxTokens: 5 });
      case 'recurrent classifier that pools by attention':
        return this.#run('attention-additive', [1, 3, 2, 4, 1, 2]);
      case 'translator that writes':
        return this.#run('bentrevett-3', [2, 5, 4, 3], undefined, { maxTokens: 5 });
      case 'word vectors':
        return this.#words('king - man + woman');
    }
  }

  async #run(
    folder: string,
    ids: readonly number[],
    tokenOf: (token: Token) => Token = (token) => token,
    decode?: RunInput['decode'],
  ): Promise<Run> {
    const given = await open(folder, fixtures.get(folder));
    const source = { ...given, model: withRecognisedConfig(given.model).model };
    const model = await findFamily(source.model).load(this.gpu, source, () => undefined, signal);
    const tokens = ids.map((id) => tokenOf(named(id)));
    const text = tokens.map((token) => token.text).join('');
    return model.run(
      { text, tokens, vocabulary: named, ...(decode === undefined ? {} : { decode }) },
      signal,
    );
  }

  async #words(text: string): Promise<Run> {
    const source = await open('headgate-word-vectors', wordVectors.get('headgate-word-vectors'));
    const family = findFamily(source.model);
    const tokenizer = await family.tokenizer?.(source, signal);
    if (tokenizer === undefined) throw new Error('Word vectors have a vocabulary of their own.');
    const model = await family.load(this.gpu, source, () => undefined, signal);
    const tokens = await tokenizer.encode(text, signal);
    return model.run({ text, tokens, vocabulary: (id) => tokenizer.token(id) }, signal);
  }
}

async function open(name: string, urls: ReadonlyMap<string, string> = new Map()) {
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of urls) if (!file.startsWith('reference')) files.set(file, await fetchBytes(url));
  return memoryModel(name, files);
}
