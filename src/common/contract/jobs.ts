/** What a window without a window is started for, and what it gives. */
import * as v from 'valibot';
import { count, IdSchema } from './parts.ts';

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
  /** safetensors `__metadata__`. */
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

/** What is to be known of a job's run, a sentence each. */
export const JobNotesSchema = v.object({ notes: v.array(v.string()) });
