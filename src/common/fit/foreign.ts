/** What files are that belong to a model and are none that can run by itself: adapters, and weights that were quantised. */
import type { Config } from '../configs/config.ts';
import type { TensorInfo } from '../contract.ts';
import { HeadgateError, quote } from '../error.ts';
import { isObject } from '../json.ts';

interface Files {
  readonly name: string;
  readonly config: Config | null;
  /** adapter_config.json; null: there is none. */
  readonly adapter: Config | null;
  readonly tensors: readonly Pick<TensorInfo, 'name' | 'dtype'>[];
}

/** The error for a file that is an adapter or quantised; null: it is neither. */
export function foreignKind(files: Files): HeadgateError | null {
  return adapterKind(files) ?? quantisedKind(files) ?? tensorflowKind(files);
}

/** A model of Transformers as TensorFlow has it: names and matrices are others. */
function tensorflowKind({ name, config, tensors }: Files): HeadgateError | null {
  const isTheirs = tensors.some((tensor) => /\/(?:kernel|gamma|beta|weight|embeddings):0$/.test(tensor.name));
  if (!isTheirs || typeof config?.['model_type'] !== 'string') return null;
  return new HeadgateError(
    'tensorflow',
    `${quote(name)} holds the weights of a Transformers model for TensorFlow.`,
    'Write them for PyTorch, with Transformers 4: AutoModel.from_pretrained(folder, from_tf=True).save_pretrained(folder).',
  );
}

/** What PEFT calls the tensors of its adapters. */
const ADAPTERS: readonly (readonly [name: RegExp, what: string])[] = [
  [/\.lora_(?:magnitude_vector|A|B|embedding_A|embedding_B)(?:\.|$)/, 'a LoRA adapter'],
  [/\.lora_(?:up|down)\.weight$/, 'a LoRA adapter'],
  [/\.(?:hada_w[12]_[ab]|lokr_w[12])/, 'a LoHa or LoKr adapter'],
  [/\.ia3_l(?:\.|$)/, 'an (IA)³ adapter'],
  [/\.oft_(?:r|s)(?:\.|$)/, 'an OFT adapter'],
  [/(?:^|\.)prompt_(?:embeddings|encoder)\b/, 'a learned prompt'],
];

/** Tensors that belong to no adapter. */
const BASE = /\.base_layer\.|(?:^|\.)(?:embed_tokens|wte|word_embeddings|tok_embeddings|shared)\.weight$/;

function adapterKind({ name, adapter, tensors }: Files): HeadgateError | null {
  const kind = ADAPTERS.find(([pattern]) => tensors.some((tensor) => pattern.test(tensor.name)));
  if (kind === undefined) return null;
  const what = kindOf(adapter) ?? kind[1];
  if (tensors.some((tensor) => BASE.test(tensor.name)))
    return new HeadgateError(
      'unmerged-adapter',
      `${quote(name)} holds ${what} beside the weights that it changes, and the two are not merged.`,
      'Merge them in Python: model.merge_and_unload().save_pretrained(folder); then open that folder.',
    );
  const base = adapter?.['base_model_name_or_path'];
  // Prompts stand before the inputs: there is nothing to merge.
  const isPrompt = kind[1] === 'a learned prompt';
  const isNamed = typeof base === 'string' && base !== '';
  return new HeadgateError(
    'adapter',
    `${quote(name)} is ${what}${isNamed ? ` of ${quote(base)}` : ''}: only what it changes, without the weights of the model itself.`,
    `${adapterStep(kind[0], isPrompt)} the base model${isNamed ? ` ${quote(base)}` : ''}.`,
  );
}

/** What helps the owner of an adapter, up to the name of its model. */
function adapterStep(pattern: RegExp, isPrompt: boolean): string {
  if (isPrompt) return 'It can’t be merged into weights: open';
  if (pattern.source.includes('up|down'))
    return 'Merge it with the program that made it (kohya’s scripts, diffusers’ fuse_lora), and open the result; or open';
  return 'Merge it in Python: PeftModel.from_pretrained(base, folder).merge_and_unload().save_pretrained(merged); or open';
}

/** By adapter_config.json: `a LoRA adapter (rank 8)`. */
function kindOf(adapter: Config | null): string | null {
  const type = adapter?.['peft_type'];
  if (typeof type !== 'string') return null;
  const rank = adapter?.['r'];
  const name = type === 'LORA' ? 'LoRA' : type.slice(0, 40);
  const article = /^(?:[AEIOU]|LN|[FHLMNRSX][A-Z]{2})/.test(name) && name !== 'LoRA' ? 'an' : 'a';
  return `${article} ${name} adapter${typeof rank === 'number' && type === 'LORA' ? ` (rank ${rank})` : ''}`;
}

/** What the libraries call themselves in `quantization_config`. */
const METHODS: Readonly<Record<string, string>> = {
  awq: 'AWQ',
  gptq: 'GPTQ',
  bitsandbytes: 'bitsandbytes',
  fp8: 'FP8',
  fbgemm_fp8: 'FP8 (FBGEMM)',
  'compressed-tensors': 'compressed-tensors',
  mxfp4: 'MXFP4',
  hqq: 'HQQ',
  eetq: 'EETQ',
  quanto: 'Quanto',
  torchao: 'torchao',
  aqlm: 'AQLM',
  vptq: 'VPTQ',
  spqr: 'SpQR',
  higgs: 'HIGGS',
  bitnet: 'BitNet',
  auto_round: 'AutoRound',
};

/** Tensors that only quantised files have, by what follows the layer's name. */
const QUANTISED: readonly (readonly [name: RegExp, method: string])[] = [
  [/\.(?:absmax|quant_map|nested_absmax|quant_state\.\w+)$/, 'bitsandbytes'],
  [/\.(?:SCB|weight_format)$/, 'bitsandbytes'],
  [/\.g_idx$/, 'gptq'],
  [/\.(?:qweight|qzeros)$/, 'gptq or awq'],
  [/\.weight_scale(?:_inv)?$/, 'fp8'],
  [/\.weight_packed$/, 'compressed-tensors'],
  [/_blocks$/, 'mxfp4'],
  [/\.(?:W_q|Wq)$/, 'hqq'],
  [/\.codebooks$/, 'aqlm'],
  [/\.weight\._(?:data|scale|scale_and_shift)$/, 'quanto'],
];

function quantisedKind({ name, config, tensors }: Files): HeadgateError | null {
  const found = QUANTISED.find(([pattern]) => tensors.some((tensor) => pattern.test(tensor.name)));
  const packed = tensors.find(({ dtype }) => dtype.startsWith('F8_'));
  if (found === undefined && packed === undefined) return null;
  if (found?.[1] === 'mxfp4' && !tensors.some((tensor) => /_scales$/.test(tensor.name))) return null;
  const given = isObject(config?.['quantization_config']) ? config['quantization_config'] : {};
  const said = typeof given['quant_method'] === 'string' ? given['quant_method'] : null;
  const method = said === null ? (found?.[1] ?? 'fp8') : said;
  const called = METHODS[method] ?? (method === 'gptq or awq' ? 'GPTQ or AWQ' : quote(method));
  const bits = bitsOf(given);
  const example = tensors.find((tensor) => found?.[0].test(tensor.name) ?? tensor === packed)?.name ?? '';
  const isFloat = method === 'fp8' && packed === undefined;
  return new HeadgateError(
    'quantised',
    `${quote(name)} holds weights that ${called} quantised${bits === null ? '' : ` to ${bits} bits`} (${quote(example)})${isFloat ? ', whose scales have not been multiplied in' : ''}; Headgate does not run these yet.`,
    nextStep(method),
  );
}

/** What helps the owner of such a file; the libraries have ways of their own back. */
function nextStep(method: string): string {
  const open = 'Open the model that was not quantised, or a GGUF file of it';
  if (method === 'bitsandbytes')
    return `${open}; or in Python: model.dequantize(), then model.save_pretrained(folder).`;
  if (method === 'fp8')
    return `${open}; or in Python: from_pretrained(folder, quantization_config=FineGrainedFP8Config(dequantize=True)), then save_pretrained.`;
  if (method === 'mxfp4')
    return `${open}; or in Python: from_pretrained(folder, quantization_config=Mxfp4Config(dequantize=True)), then save_pretrained.`;
  return `${open}.`;
}

function bitsOf(given: Config): number | null {
  const { bits, load_in_4bit: four, load_in_8bit: eight } = given;
  if (typeof bits === 'number') return bits;
  if (four === true) return 4;
  return eight === true ? 8 : null;
}
