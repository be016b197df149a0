/**
 * The contract between the host and the renderer: one schema for each thing that crosses it.
 * The host checks every input against these; the renderer imports the inferred types only.
 *
 * Routes (JSON unless said; errors are always `ApiError` with a fitting status):
 *   GET    /api/state                               → AppState
 *   GET    /api/models                              → ModelSummary[]
 *   GET    /api/models/:id                          → ModelDetail
 *   DELETE /api/models/:id                          → 204, forgets an opened model (files stay)
 *   POST   /api/models/pick                         → PickResult; a native folder dialog, where the host has one
 *   GET    /api/models/:id/files/:file  (Range)     → bytes, at most MAX_RANGE a request
 *   GET    /api/settings                            → Settings
 *   PATCH  /api/settings            SettingsChange  → Settings
 *   GET    /api/sessions                            → SessionSummary[], last saved first
 *   GET    /api/sessions/:id                        → {text}; PUT (body: the text) keeps it, DELETE removes it
 *   POST   /api/session-files/open                  → SessionFile with {text}, or null; a native dialog, where the host has one
 *   POST   /api/session-files?name=N                → SessionFile or null, the same for saving (body: the text)
 *   PUT    /api/session-files/:id                   → 204; body: the text, to a file that was chosen so
 *   GET    /api/window                              → KeptWindow; PUT (body: the text), DELETE sets it aside
 *   PUT    /api/window/restoring                    → 204; DELETE when the window is restored
 *   GET    /api/job                                 → Job, when started for `headgate capture`, `figure`, `heads`, `race` or `views`
 *   POST   /api/job/begin           CaptureHeader   → 204
 *   PUT    /api/job/tensors/:index?offset=N         → 204; body: bytes of that tensor of a capture
 *   PUT    /api/job/output?offset=N                 → 204; body: bytes of what another job gives
 *   POST   /api/job/notes                           {notes: string[]} → 204; what is to be known of the run, a sentence each
 *   POST   /api/job/finish                          → 204
 *   POST   /api/job/skip            ApiError        → 204; of several texts this one can't be run, and the next is asked for
 *   POST   /api/job/fail            ApiError        → 204
 */
import * as v from 'valibot';
import { BLOCK_TYPES, type BlockDtype } from './blocks/block-types.ts';

/** The most bytes one range request may ask for. */
export const MAX_RANGE = 16 * 1024 * 1024;

/** Opaque: it stands for a model, a file or a drop, and tells no path. */
export const IdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const ApiErrorSchema = v.object({
  /** kebab-case, stable: `missing-tensor`, `bad-header`, … */
  code: v.string(),
  /** One sentence that names the file, the tensor and the rule. */
  message: v.string(),
  /** One sentence on what to do. */
  hint: v.string(),
});
export type ApiError = v.InferOutput<typeof ApiErrorSchema>;

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

/** What is to be known of a job's run, a sentence each. */
export const JobNotesSchema = v.object({ notes: v.array(v.string()) });

export const SettingsSchema = v.object({
  theme: v.optional(v.picklist(['system', 'dark', 'light']), 'system'),
  /** Largest GPU memory for q, k, v that a run keeps, in MiB. */
  activationBudgetMiB: v.optional(v.pipe(count, v.minValue(16)), 256),
  /** Largest GPU memory for all models of a window together, in MiB: more is asked before. */
  memoryBudgetMiB: v.optional(v.pipe(count, v.minValue(64)), 8192),
  /** What the window looked like: panes, sizes, last text by model. Free-form, owned by the renderer's state. */
  window: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Autotuner's choices by adapter and driver. Free-form, owned by the renderer's engine. */
  tuning: v.optional(v.record(v.string(), v.unknown()), {}),
});
export type Settings = v.InferOutput<typeof SettingsSchema>;

/** What a window changed: only what differs. Other windows may have changed the rest meanwhile. */
export const SettingsChangeSchema = v.object({
  before: v.partial(SettingsSchema),
  after: v.partial(SettingsSchema),
});
export type SettingsChange = v.InferOutput<typeof SettingsChangeSchema>;

/** A session that is kept by its name. */
export interface SessionSummary {
  /** Its name. */
  readonly id: string;
  /** When it was saved, in ms since 1970. */
  readonly saved: number;
}

/** A session in a file of the user's choice. */
export interface SessionFile {
  /** Opaque: it tells no path. */
  readonly id: string;
  /** Of the file. */
  readonly name: string;
}

/** What the window may begin with. */
export interface KeptWindow {
  /** Text of the session that was named at the start; null: none was. */
  readonly named: string | null;
  /** Text of the window as it was last; null: it was never kept, or this start does not bring it back. */
  readonly last: string | null;
  /** The last start ended while it restored the window. */
  readonly crashed: boolean;
}

export const AppStateSchema = v.object({
  version: v.string(),
  host: v.picklist(['electron', 'loopback']),
  /** Which dialogs of its own the host has. */
  capabilities: v.object({ pickFolder: v.boolean(), sessionFiles: v.boolean() }),
  /** The model to open first; null: none could be opened, `startError` says why. */
  startModel: v.nullable(IdSchema),
  startError: v.nullable(ApiErrorSchema),
  /** Further models to open, each in a slot of its own. */
  besideModels: v.array(IdSchema),
  /** The window is to be as it was last; else it begins with the model that is named. */
  restores: v.boolean(),
  /** What of the settings could not be used. */
  settingsNote: v.exactOptional(ApiErrorSchema),
  /** The host runs in an older Node.js than the one that Headgate asks for: both versions. */
  oldNode: v.exactOptional(v.object({ running: v.string(), wanted: v.string() })),
  /** True in a window that was started for a job, such as `headgate capture`. */
  job: v.boolean(),
});
export type AppState = v.InferOutput<typeof AppStateSchema>;

/** What a capture may hold: kinds of activations, and what recurrent units follow. */
export const CAPTURE_KINDS = [
  'hidden_states',
  'attentions',
  'logits',
  'gates',
  'gradient_norm',
  'cell_gradient',
  'head_metrics',
  'mlp',
  'lens',
  'units',
  'input_gradient',
] as const;
type CaptureKind = (typeof CAPTURE_KINDS)[number];

/** Kinds that are computed from a run's activations: a capture holds them when it is asked to. */
export const ANALYSED_KINDS: readonly CaptureKind[] = [
  'head_metrics',
  'mlp',
  'lens',
  'units',
  'input_gradient',
];
/** The most answers of the lens that can be asked for. */
export const MOST_TOP = 128;

/** How a captured text goes on, or how its translation is found. */
const CaptureGenerationSchema = v.object({
  /** Most tokens that are written. */
  maxTokens: v.exactOptional(v.pipe(count, v.minValue(1))),
  beams: v.exactOptional(v.pipe(count, v.minValue(1))),
  temperature: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  topK: v.exactOptional(v.pipe(count, v.minValue(1))),
  topP: v.exactOptional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  seed: v.exactOptional(count),
});
export type CaptureGeneration = v.InferOutput<typeof CaptureGenerationSchema>;

const runEntries = {
  model: IdSchema,
  /** The second text of a pair. */
  pair: v.exactOptional(v.string()),
  /** The text of an encoder-decoder's decoder. */
  target: v.exactOptional(v.string()),
  generate: v.exactOptional(CaptureGenerationSchema),
  /** Some of the text's tokens: `size` with those that the tokenizer adds, from token `at` of the text on. */
  window: v.exactOptional(v.object({ size: v.pipe(count, v.minValue(1)), at: count })),
};

export const CaptureJobSchema = v.object({
  kind: v.literal('capture'),
  ...runEntries,
  text: v.string(),
  keep: v.array(v.picklist(CAPTURE_KINDS)),
  /** One of several texts of the model. True: another follows, and the job is asked for again after this one. */
  more: v.exactOptional(v.boolean()),
  /** Of the lens, the K best tokens of each cell; left out: all logits. */
  top: v.exactOptional(v.pipe(count, v.minValue(1), v.maxValue(MOST_TOP))),
});
export type CaptureJob = v.InferOutput<typeof CaptureJobSchema>;

/** Letters of a window's slots. */
export const SLOT_LETTERS = ['A', 'B', 'C', 'D'] as const;

export const FIGURE_FORMATS = ['svg', 'pdf', 'png', 'csv', 'npz'] as const;
export const FIGURE_THEMES = ['light', 'dark', 'paper'] as const;

/** One view of one run as a file. */
const FigureJobSchema = v.object({
  kind: v.literal('figure'),
  ...runEntries,
  /** Left out: the session's, else the model's example. */
  text: v.exactOptional(v.string()),
  view: v.string(),
  /** A session that says what the command line does not: its file's name and text, and the letter of one of its slots. */
  session: v.exactOptional(v.object({ name: v.string(), text: v.string(), slot: v.picklist(SLOT_LETTERS) })),
  /** The view's settings by name, as they stand on the command line. */
  settings: v.record(v.string(), v.string()),
  /** Position of the token that is looked at. */
  token: v.exactOptional(count),
  /** How attention is shown. */
  attention: v.exactOptional(v.picklist(['self', 'encoder', 'decoder', 'cross'])),
  log: v.boolean(),
  hideFirstToken: v.boolean(),
  format: v.picklist(FIGURE_FORMATS),
  theme: v.picklist(FIGURE_THEMES),
  transparent: v.boolean(),
  /** CSS pixels of the room that the view draws for; on paper the width is in millimetres. */
  width: count,
  height: count,
  millimetres: v.number(),
  /** Pixels of a PNG for one of the drawing. */
  scale: v.number(),
});
export type FigureJob = v.InferOutput<typeof FigureJobSchema>;

/** What of a model can be shown. */
const ViewsJobSchema = v.object({
  kind: v.literal('views'),
  ...runEntries,
  /** Left out: the model's example. */
  text: v.exactOptional(v.string()),
});
export type ViewsJob = v.InferOutput<typeof ViewsJobSchema>;

/** What the heads of a model do. */
const HeadsJobSchema = v.object({
  kind: v.literal('heads'),
  ...runEntries,
  /** Left out: the model's example. */
  text: v.exactOptional(v.string()),
  /** Scores on random tokens that come twice: how many, and the seed that they are drawn by. */
  repeated: v.exactOptional(v.object({ tokens: v.pipe(count, v.minValue(2)), seed: count })),
});
export type HeadsJob = v.InferOutput<typeof HeadsJobSchema>;

/** What a model writes on a text, and when. */
const RaceJobSchema = v.object({
  kind: v.literal('race'),
  ...runEntries,
  /** Left out: the model's example. */
  text: v.exactOptional(v.string()),
});
export type RaceJob = v.InferOutput<typeof RaceJobSchema>;

/** What a window without a window is started for. */
export const JobSchema = v.variant('kind', [
  CaptureJobSchema,
  FigureJobSchema,
  HeadsJobSchema,
  RaceJobSchema,
  ViewsJobSchema,
]);
export type Job = v.InferOutput<typeof JobSchema>;

export const CaptureHeaderSchema = v.object({
  /** safetensors `__metadata__` (DESIGN.md §6). */
  metadata: v.record(v.string(), v.string()),
  tensors: v.array(
    v.object({
      name: v.string(),
      shape: v.array(count),
      /** Left out: f32. */
      dtype: v.exactOptional(v.picklist(['F32', 'I32'])),
    }),
  ),
});
export type CaptureHeader = v.InferOutput<typeof CaptureHeaderSchema>;
