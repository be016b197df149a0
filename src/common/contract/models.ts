/** Models, their files and their tensors, as the host tells of them. */
import * as v from 'valibot';
import { BLOCK_TYPES, type BlockDtype } from '../blocks/block-types.ts';
import { ApiErrorSchema, count, IdSchema } from './parts.ts';

/** Stored element types, by safetensors' names. */
const DTYPES = [
  'F64',
  'F32',
  'F16',
  'BF16',
  'I64',
  'I32',
  'I16',
  'I8',
  'U64',
  'U32',
  'U16',
  'U8',
  'BOOL',
  'F8_E4M3',
  'F8_E5M2',
] as const;
export type Dtype = (typeof DTYPES)[number];

/** GGUF's blocks that a matrix is stored in, while `dtype` and the tensor's own bytes are what they are unpacked to. */
const PackedSchema = v.object({
  dtype: v.picklist(Object.keys(BLOCK_TYPES) as BlockDtype[]),
  /** Id of the file that holds the blocks: row by row, in the order of the tensor's rows. */
  file: IdSchema,
  /** Bytes [begin, end) in that file. */
  begin: count,
  end: count,
  /** The blocks are of the matrix turned round: of [columns, rows]. */
  turned: v.boolean(),
});
export type Packed = v.InferOutput<typeof PackedSchema>;

const TensorInfoSchema = v.object({
  name: v.string(),
  dtype: v.picklist(DTYPES),
  shape: v.array(count),
  /** Id of the file that holds the bytes. */
  file: IdSchema,
  /** Bytes [begin, end) in that file. */
  begin: count,
  end: count,
  /** Left out: the tensor is stored as its dtype says. */
  packed: v.exactOptional(PackedSchema),
});
export type TensorInfo = v.InferOutput<typeof TensorInfoSchema>;

export const ModelSummarySchema = v.object({
  id: IdSchema,
  name: v.string(),
  source: v.picklist(['bundled', 'opened', 'dropped']),
  /** `model_type` of config.json; null when there is none. */
  modelType: v.nullable(v.string()),
  /** Total weight bytes. */
  bytes: count,
  /** Where it is, for people, where another model has the same name; it opens nothing. */
  place: v.exactOptional(v.string()),
});
export type ModelSummary = v.InferOutput<typeof ModelSummarySchema>;

const ModelFileSchema = v.object({
  id: IdSchema,
  /** Name inside the model's folder, with forward slashes. */
  name: v.string(),
  size: count,
});
export type ModelFile = v.InferOutput<typeof ModelFileSchema>;

/** What was done to the files' names and matrices until they fitted the model. */
const ReadingSchema = v.object({
  /** What every name began with and was cut, such as `module.`; null: nothing. */
  prefix: v.nullable(v.string()),
  /** Names that other versions and programs gave, and today's. */
  renamed: v.array(v.object({ from: v.string(), to: v.string() })),
  /** Matrices that were stored the other way round. */
  transposed: v.array(v.string()),
  /** Tensors of layers whose heads were pruned: zeros stand in their places. */
  padded: v.array(v.string()),
  /** Biases that no file holds: the model was trained without them, and they are zeros. */
  zeros: v.array(v.string()),
  /** The field of config.json that describes the language model inside of a larger one; null: all of it does. */
  part: v.nullable(v.string()),
  /** Tensors of the larger model's other parts. */
  beside: v.array(v.string()),
});
export type Reading = v.InferOutput<typeof ReadingSchema>;

export const ModelDetailSchema = v.object({
  ...ModelSummarySchema.entries,
  /** Id of the format that its weights are stored in, such as `safetensors`. */
  format: v.string(),
  /** config.json as it stands, checked to be a JSON object; null when there is none. */
  config: v.nullable(v.record(v.string(), v.unknown())),
  files: v.array(ModelFileSchema),
  tensors: v.array(TensorInfoSchema),
  /** Ids of the tokenizer's files by name, e.g. {"tokenizer.json": "f3"}. */
  tokenizer: v.record(v.string(), IdSchema),
  /** Id of README.md, the model card. */
  card: v.nullable(IdSchema),
  /** The format's own texts, such as safetensors' `__metadata__`. */
  metadata: v.record(v.string(), v.string()),
  /** What users should know of the reading, a sentence each: what was mapped, cut, unpacked, left out. */
  notes: v.array(v.string()),
  /** Another one whenever a file that was read for it has changed since; left out: that can't be told. */
  version: v.exactOptional(v.string()),
  /** What is true of the folder and changes the outputs, a sentence each; left out: nothing that its tensors do not tell. */
  cautions: v.exactOptional(v.array(v.string())),
  /** Left out: names and matrices are as they are stored. */
  reading: v.exactOptional(ReadingSchema),
  /** What the files are instead of a model that can run, such as an adapter; left out: nothing speaks against it. */
  refusal: v.exactOptional(ApiErrorSchema),
});
export type ModelDetail = v.InferOutput<typeof ModelDetailSchema>;

export const PickResultSchema = v.object({ model: v.nullable(ModelDetailSchema) });
export type PickResult = v.InferOutput<typeof PickResultSchema>;
