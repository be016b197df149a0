/**
 * A user's message as a model's chat template writes it: Jinja, in tokenizer_config.json or a file of its own. A template
 * can keep the thread busy for ever, so it is rendered where the tokenizer is, under its time limit.
 */
import { Environment, Interpreter, Template } from '@huggingface/jinja';
import { HeadgateError } from '../error.ts';
import { isObject, type Json } from '../json.ts';

/** Characters; templates of today have some thousands. */
const LONGEST_TEMPLATE = 2 ** 20;
const LONGEST_TEXT = 2 ** 20;
/** Numbers in a `range`, so that a template can't fill the memory at a stroke. */
const LONGEST_RANGE = 10_000;
/** Stands in for the message, to see where the template puts it. */
const PLACE = '\uE000message\uE000';

export interface RenderedChat {
  readonly text: string;
  /** Character i of the message is character i + shift of the text; null: the template changed the message. */
  readonly shift: number | null;
}

export class ChatTemplate {
  readonly #source: string;
  readonly #variables: Json;
  #template: Template | null = null;

  constructor(source: string, variables: Json) {
    this.#source = source;
    this.#variables = variables;
  }

  /**
   * The chat with the user's message, up to where the model answers.
   * @throws HeadgateError `bad-chat-template` with what the template says, or what is wrong with it.
   */
  render(message: string): RenderedChat {
    const text = this.#write(message);
    const start = this.#write(PLACE).indexOf(PLACE);
    const trimmed = message.trim();
    if (start >= 0 && text.startsWith(message, start)) return { text, shift: start };
    if (start >= 0 && text.startsWith(trimmed, start))
      return { text, shift: start - (message.length - message.trimStart().length) };
    return { text, shift: null };
  }

  #write(message: string): string {
    try {
      if (this.#source.length > LONGEST_TEMPLATE) throw new Error('it is longer than 1 MiB');
      this.#template ??= new Template(this.#source);
      const environment = new Environment();
      const values = { ...GLOBALS, ...this.#variables, messages: [{ role: 'user', content: message }] };
      for (const [name, value] of Object.entries(values)) environment.set(name, value);
      const { value } = new Interpreter(environment).run(this.#template.parsed);
      if (typeof value !== 'string') throw new Error('it gives no text');
      if (value.length > LONGEST_TEXT) throw new Error(`it writes ${value.length} characters`);
      return value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new HeadgateError(
        'bad-chat-template',
        `The model’s chat template can’t write this message: ${reason.replace(/\.$/, '')}.`,
        'Turn “Chat” off to run the text as it is.',
        { cause: error },
      );
    }
  }
}

/** What Transformers gives to every template. */
const GLOBALS: Json = {
  ...{ true: true, false: false, none: null, True: true, False: false, None: null },
  ...{ tools: null, documents: null, add_generation_prompt: true },
  raise_exception: (reason: unknown) => {
    throw new Error(String(reason));
  },
  range: (first: number, second?: number, step = 1) => {
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    const length = Math.max(0, Math.ceil((stop - start) / step));
    if (!(length <= LONGEST_RANGE)) throw new Error(`it counts further than ${LONGEST_RANGE}`);
    return Array.from({ length }, (_, index) => start + index * step);
  },
  strftime_now: (format: string) => formatTime(new Date(), format),
};

/** The parts of a date that templates ask for. */
function formatTime(date: Date, format: string): string {
  const part = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en', options).format(date);
  const parts: Readonly<Record<string, () => string>> = {
    Y: () => String(date.getFullYear()),
    m: () => String(date.getMonth() + 1).padStart(2, '0'),
    d: () => String(date.getDate()).padStart(2, '0'),
    H: () => String(date.getHours()).padStart(2, '0'),
    M: () => String(date.getMinutes()).padStart(2, '0'),
    B: () => part({ month: 'long' }),
    b: () => part({ month: 'short' }),
    A: () => part({ weekday: 'long' }),
  };
  return format.replaceAll(/%([A-Za-z])/g, (whole, letter: string) => parts[letter]?.() ?? whole);
}

/**
 * The template of a folder: its own file, else what the config names; of several the one called “default”, else the first.
 * @param files contents by name
 * @param config tokenizer_config.json
 * @param specialTokens special_tokens_map.json
 */
export function findChatTemplate(
  files: Readonly<Record<string, string>>,
  config: Json,
  specialTokens: Json,
): ChatTemplate | null {
  const source =
    files['chat_template.jinja'] ??
    fromJson(files['chat_template.json']) ??
    fromList(config['chat_template']);
  if (source === undefined || source === '') return null;
  const tokens = Object.entries({ ...specialTokens, ...config }).flatMap(([name, token]) => {
    if (!name.endsWith('_token')) return [];
    const content = isObject(token) ? token['content'] : token;
    return typeof content === 'string' ? [[name, content] as const] : [];
  });
  return new ChatTemplate(source, Object.fromEntries(tokens));
}

function fromJson(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? fromList(value['chat_template']) : undefined;
  } catch {
    return undefined;
  }
}

/** A template, or a list of `{name, template}`. */
function fromList(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const named = Array.isArray(value) ? value.filter(isObject) : [];
  const chosen = named.find(({ name }) => name === 'default') ?? named[0];
  return typeof chosen?.['template'] === 'string' ? chosen['template'] : undefined;
}
