import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { onlyOne } from '../folder-files.ts';
import type { Format, ModelFolder, StoredTensor } from '../format.ts';
import { NAMINGS, type Heads, type Naming } from './architectures.ts';
import { configOf, headsOf } from './config.ts';
import { DAMAGED } from './cursor.ts';
import { derive } from './derived.ts';
import { Facts } from './facts.ts';
import type { GgufTensor } from './file.ts';
import { metadataTexts } from './metadata.ts';
import { firstPart, readParts } from './parts.ts';
import { tokenizerOf } from './tokenizer.ts';

const EXTENSION = /\.gguf$/i;
/** Projectors of pictures stand beside the model that they belong to. */
const PROJECTOR = /^mmproj/i;
/** Factors of the rotation, which are in the config. */
const ROPE = /^(rope_freqs|rope_factors_long|rope_factors_short)\.weight$/;

/** llama.cpp's format: config, tokenizer and weights in one file, or in parts. */
export const format: Format = {
  id: 'gguf',
  rank: 30,

  async claims(folder, wanted) {
    if (wanted !== null)
      return EXTENSION.test(wanted) || (await isGguf(folder, wanted)) ? firstPart(wanted) : null;
    const names = folder.names.filter((name) => EXTENSION.test(name) && !PROJECTOR.test(name));
    const models = [...new Set(names.map(firstPart))];
    return onlyOne(folder, models);
  },

  async read(folder, entry) {
    const parts = await readParts(folder, entry);
    const [first] = parts;
    const metadata = first?.metadata ?? new Map();
    const tensors = parts.flatMap((part) => part.tensors);
    const facts = new Facts(entry, metadata, tensors);
    refuseOthers(facts);
    const tokenizer = tokenizerOf(entry, metadata);
    const companions = (tokenizer?.files ?? []).map((file): [string, ByteSource] => [file.name, file]);
    const config = await configOf(facts);
    const files = parts.map(({ source }): [string, ByteSource] => [source.name, source]);
    const named = nameTensors(facts, tensors);
    return {
      files: new Map([...files, ...named.sources]),
      tensors: named.tensors,
      config,
      companions: new Map(companions),
      metadata: metadataTexts(metadata),
      notes: [...notesOf(facts, tensors, named.left), ...(tokenizer?.notes ?? [])],
    };
  },
};

async function isGguf(folder: ModelFolder, name: string): Promise<boolean> {
  const source = await folder.file(name);
  if (source === null || source.size < 4) return false;
  return new TextDecoder('latin1').decode(await source.read(0, 4)) === 'GGUF';
}

/** Files in this format that are no models. */
function refuseOthers({ file, metadata, architecture }: Facts): void {
  const type = metadata.get('general.type');
  if (type === 'adapter')
    throw new HeadgateError(
      'adapter',
      `${file} is a LoRA adapter for ${quote(architecture)}, not a model.`,
      'Merge it into its base model with llama-export-lora, and open the result.',
    );
  if (type === 'mmproj' || architecture === 'clip')
    throw new HeadgateError(
      'projector',
      `${file} is the part of a model that reads pictures.`,
      'Open the language model that stands beside it.',
    );
}

interface Named {
  readonly tensors: readonly StoredTensor[];
  readonly sources: readonly (readonly [string, ByteSource])[];
  /** Tensors that the architecture does not have: they keep their names. */
  readonly left: readonly string[];
}

/** @throws HeadgateError `duplicate-tensor`, or what `derive` says. */
function nameTensors(facts: Facts, tensors: readonly GgufTensor[]): Named {
  const { architecture } = facts;
  const make = Object.hasOwn(NAMINGS, architecture) ? NAMINGS[architecture] : undefined;
  const naming: Naming | undefined = make?.(facts.has('enc.blk.0.ffn_gate.weight'));
  const heads: Heads = naming === undefined ? { heads: 1, keyHeads: 1, headWidth: 1 } : headsOf(facts);
  const found = new Map<string, StoredTensor>();
  const sources: (readonly [string, ByteSource])[] = [];
  const left: string[] = [];
  for (const tensor of tensors) {
    if (naming !== undefined && ROPE.test(tensor.name)) continue;
    const targets = naming?.(tensor.name, heads) ?? null;
    if (targets === null) left.push(tensor.name);
    for (const { name, ...change } of targets ?? [{ name: tensor.name }]) {
      const made = derive(tensor, change, `${tensor.source.name}/${name}`);
      if (found.has(name))
        throw new HeadgateError(
          'duplicate-tensor',
          `${tensor.source.name}: tensor ${quote(tensor.name)} is the tensor ${quote(name)}, which is there already.`,
          DAMAGED,
        );
      const { dtype, shape, source, packed } = made;
      const bytes = source === null ? tensor : { begin: 0, end: source.size };
      const file = (source ?? tensor.source).name;
      found.set(name, {
        ...{ name, dtype, shape: [...shape], file, begin: bytes.begin, end: bytes.end },
        ...(packed && { packed: { ...packed.place, file: (packed.source ?? tensor.source).name } }),
      });
      for (const own of [source, packed?.source ?? null]) if (own !== null) sources.push([own.name, own]);
    }
  }
  return { tensors: [...found.values()], sources, left: naming === undefined ? [] : left };
}

function notesOf(facts: Facts, tensors: readonly GgufTensor[], left: readonly string[]): string[] {
  const packed = new Map<string, number>();
  for (const { type } of tensors)
    if (type.element === null) packed.set(type.name, (packed.get(type.name) ?? 0) + 1);
  const types = [...packed].map(([type, count]) => `${count} in ${type}`).join(', ');
  return [
    ...(Object.hasOwn(NAMINGS, facts.architecture)
      ? [`Names and config were made of the metadata of a GGUF file (${quote(facts.architecture)}).`]
      : [
          `Headgate does not know the GGUF architecture ${quote(facts.architecture)}: tensors keep their names.`,
        ]),
    ...(types === '' ? [] : [`Tensors are packed (${types}); what looks at their values gets F32.`]),
    ...(facts.has('rope_freqs.weight')
      ? ['The factors of the rotary embedding are those that the file holds (rope_freqs.weight).']
      : []),
    ...(/^gemma[23]$/.test(facts.architecture)
      ? [
          'The file does not tell query_pre_attn_scalar; as in llama.cpp, it follows from the width of the heads.',
        ]
      : []),
    ...(facts.architecture === 't5' && !facts.has('output.weight')
      ? [
          'The file has no head of its own (output.weight): it is the table of the tokens, and its inputs are scaled, as Transformers does it; llama.cpp leaves them unscaled.',
        ]
      : []),
    ...(left.length === 0
      ? []
      : [
          `${left.length === 1 ? 'A tensor has' : `${left.length} tensors have`} no counterpart in this architecture: ${left.slice(0, 3).join(', ')}${left.length > 3 ? ', …' : ''}.`,
        ]),
  ];
}
