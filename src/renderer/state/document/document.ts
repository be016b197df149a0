/**
 * Everything on screen as data: what sessions, the kept window, undo and steps are made of. docs/sessions.md describes the
 * file; keys that this version does not know are kept as they are.
 */
import * as v from 'valibot';
import { SLOT_LETTERS } from '../../../common/contract.ts';
import { HeadgateError } from '../../../common/error.ts';
import { isObject, parseJson } from '../../../common/json.ts';
import { issueWords } from '../../../common/issue-words.ts';
import { viewIdOf } from '../../common/view-ids.ts';
import { parseLayout, type LayoutNode } from './layout.ts';

/** The version that is written. A file of a later one is read as far as it is understood. */
export const DOCUMENT_VERSION = 1;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const letter = v.picklist(SLOT_LETTERS);
const text = v.pipe(v.string(), v.maxLength(1_000_000));
const side = v.exactOptional(v.picklist(['encoder', 'decoder']));

const ModelSchema = v.looseObject({
  id: v.string(),
  name: v.string(),
  /** What the model's files hold, see `checksumOf`; left out: it was not read yet. */
  checksum: v.exactOptional(v.string()),
});

/** A change of the model; a state's source is named by its text and the position in it. */
const ChangeSchema = v.variant('kind', [
  v.looseObject({
    kind: v.literal('head'),
    attention: v.exactOptional(v.picklist(['self', 'encoder', 'decoder', 'cross'])),
    layer: count,
    head: count,
    factor: v.union([v.pipe(v.number(), v.finite()), v.literal('mean')]),
  }),
  v.looseObject({
    kind: v.literal('state'),
    side,
    layer: count,
    position: count,
    from: v.nullable(v.looseObject({ text, position: count })),
  }),
]);

const SlotSchema = v.looseObject({
  letter,
  model: v.nullable(ModelSchema),
  text,
  pair: v.optional(v.nullable(text), null),
  /** The first token of the window that is looked at, where the text is longer than the model's positions; null: none is. */
  excerpt: v.optional(v.nullable(count), null),
  chat: v.optional(v.boolean(), false),
  linked: v.optional(v.boolean(), true),
  /** How the output is found, as in `DecodeOptions`. */
  decode: v.optional(v.nullable(v.record(v.string(), v.unknown())), null),
  changes: v.optional(v.array(ChangeSchema), []),
  /** The run without the changes is looked at. */
  original: v.optional(v.boolean(), false),
  /** Ids of the tokens that were written behind the text. */
  written: v.optional(v.array(count), []),
});

const PaneSchema = v.looseObject({
  id: v.string(),
  view: v.nullable(v.pipe(v.string(), v.transform(viewIdOf))),
  slots: v.pipe(v.array(letter), v.minLength(1)),
  /** The view that was proposed, where none was chosen: whose state it is. */
  of: v.exactOptional(v.pipe(v.string(), v.transform(viewIdOf))),
  /** What the view's `save` gave. */
  state: v.optional(v.unknown(), null),
});

const TokenSchema = v.looseObject({
  slot: v.exactOptional(letter),
  side: v.picklist(['source', 'target']),
  index: count,
});

const PlaceSchema = v.looseObject({
  token: v.exactOptional(TokenSchema),
  key: v.exactOptional(TokenSchema),
  layer: v.exactOptional(count),
  head: v.exactOptional(count),
  unit: v.exactOptional(count),
});

const SelectionSchema = v.looseObject({
  locked: v.nullable(PlaceSchema),
  head: v.looseObject({ layer: count, head: count }),
});

const DisplaySchema = v.looseObject({
  log: v.optional(v.boolean(), false),
  hideFirst: v.optional(v.boolean(), false),
  attention: v.optional(v.picklist(['self', 'encoder', 'decoder', 'cross']), 'self'),
});

const LayoutSchema = v.pipe(
  v.unknown(),
  v.check((value) => parseLayout(value) !== null, 'is no arrangement of panes'),
  v.transform((value) => parseLayout(value) as LayoutNode),
);

/** One arrangement of the window. */
const ScreenSchema = v.looseObject({
  slots: v.pipe(v.array(SlotSchema), v.minLength(1), v.maxLength(4)),
  /** Letter of the slot that the top bar follows. */
  active: letter,
  layout: LayoutSchema,
  /** Id of the pane that commands act on. */
  pane: v.string(),
  maximised: v.optional(v.boolean(), false),
  panes: v.array(PaneSchema),
  selection: SelectionSchema,
  display: DisplaySchema,
});

const StepSchema = v.looseObject({
  title: text,
  caption: v.optional(text, ''),
  screen: ScreenSchema,
});

const DocumentSchema = v.looseObject({
  version: v.pipe(count, v.minValue(1)),
  ...ScreenSchema.entries,
  /** Screens that were kept, in the order in which they are presented. */
  steps: v.optional(v.array(StepSchema), []),
});

export type ChangeRef = v.InferOutput<typeof ChangeSchema>;
export type SlotState = v.InferOutput<typeof SlotSchema>;
export type PaneState = v.InferOutput<typeof PaneSchema>;
export type Screenful = v.InferOutput<typeof ScreenSchema>;
export type Step = v.InferOutput<typeof StepSchema>;
export type Document = v.InferOutput<typeof DocumentSchema>;

/**
 * A document of a file's text.
 * @throws HeadgateError `bad-session` that names the file and the first thing that is wrong in it
 */
export function parseDocument(name: string, json: string): Document {
  let value: unknown;
  try {
    value = parseJson(json);
  } catch (cause) {
    throw damaged(name, `it ${cause instanceof Error ? cause.message : 'can’t be read'}`, cause);
  }
  if (!isObject(value)) throw damaged(name, 'it holds no object');
  const result = v.safeParse(DocumentSchema, value);
  if (!result.success) {
    const { field, problem } = issueWords(result.issues[0]);
    throw damaged(name, `${field === null ? 'it' : `“${field}”`} ${problem}`);
  }
  return result.output;
}

/** True for a document of a later version, of which some is kept without being understood. */
export function isNewer({ version }: Pick<Document, 'version'>): boolean {
  return version > DOCUMENT_VERSION;
}

function damaged(name: string, why: string, cause?: unknown): HeadgateError {
  return new HeadgateError(
    'bad-session',
    `${name} is no session that can be opened: ${why}.`,
    'The file stays as it is. Open a session that Headgate saved, or mend the file: docs/sessions.md describes it.',
    { cause },
  );
}
