/** Stand-ins for what a session works with: a host, a GPU and models whose every step the test decides. */
import type { AppState, ModelDetail, ModelSummary, Settings } from '../../../src/common/contract.ts';
import type { Remarks } from '../../../src/common/configs/remarks.ts';
import type { Api } from '../../../src/renderer/api.ts';
import type { LoadedModel, LoadProgress } from '../../../src/renderer/models/family.ts';
import type { RunInput } from '../../../src/renderer/runs/run-input.ts';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';
import type { Backend, Device } from '../../../src/renderer/state/device/backend.ts';
import type { ChatPrompt } from '../../../src/common/text/tokenizer-core.ts';
import type { Tokenizer } from '../../../src/common/text/tokenizer.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';

/** A promise that the test settles. */
class Step<Value> {
  resolve!: (value: Value) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<Value>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** Lets everything that can go on go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 40; i += 1) await Promise.resolve();
}

const summary = (id: string, source: ModelSummary['source'] = 'bundled'): ModelSummary => ({
  id,
  name: id.toUpperCase(),
  source,
  modelType: 'gpt2',
  bytes: 100,
});

export const detail = (id: string, source: ModelSummary['source'] = 'bundled'): ModelDetail => ({
  ...summary(id, source),
  format: 'safetensors',
  config: { model_type: 'gpt2' },
  files: [{ id: '0', name: 'model.safetensors', size: 100 }],
  tensors: [{ name: 'w', dtype: 'F32', shape: [5, 5], file: '0', begin: 0, end: 100 }],
  tokenizer: {},
  card: null,
  metadata: {},
  notes: [],
});

export const appState: AppState = {
  version: '1.2.3',
  host: 'loopback',
  capabilities: { pickFolder: true, sessionFiles: false },
  startModel: 'a',
  startError: null,
  besideModels: [],
  restores: false,
  job: false,
};

const settings: Settings = {
  theme: 'system',
  activationBudgetMiB: 256,
  memoryBudgetMiB: 8192,
  window: {},
  tuning: {},
};

/** A host with models `a` and `b`; methods may be replaced. */
export function fakeApi(replace: Partial<Api> = {}): Api {
  return {
    state: () => Promise.resolve(appState),
    models: () => Promise.resolve([summary('a'), summary('b')]),
    model: (id: string) => Promise.resolve(detail(id)),
    settings: () => Promise.resolve(settings),
    changeSettings: () => Promise.resolve(settings),
    forget: () => Promise.resolve(),
    pick: () => Promise.resolve({ model: null }),
    ...replace,
  } as unknown as Api;
}

/** A token for each word. */
export function words(text: string): Token[] {
  return Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({
    id: [...word].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7),
    text: word,
    span: [index, index + word.length] as const,
    special: false,
  }));
}

/** “user: ” in front of a message, trimmed, and “bot:” behind it. */
function chat(message: string): ChatPrompt {
  const text = `user: ${message.trim()} bot:`;
  return { text, tokens: words(text), shift: 6 - (message.length - message.trimStart().length) };
}

let runs = 0;

export interface FakeRun extends Run {
  disposed: boolean;
}

export function fakeRun(model: string, input: RunInput, layers = 2, heads = 2): FakeRun {
  const run = {
    id: ++runs,
    model: { id: model, name: model, family: 'GPT-2', modelType: 'gpt2' },
    text: input.text,
    tokens: input.tokens,
    sourceTokens: null,
    layers,
    heads,
    width: 4,
    milliseconds: 1,
    bytes: 10,
    activations: new Map(),
    attention: [],
    facet: facetsOf({}),
    disposed: false,
    dispose: () => {
      run.disposed = true;
    },
  };
  return run as unknown as FakeRun;
}

export interface PendingRun {
  readonly input: RunInput;
  readonly signal: AbortSignal;
  readonly step: Step<Run>;
  finish(): FakeRun;
}

/** A model whose runs wait for the test. An aborted run rejects, as a real one does. */
export class FakeModel implements LoadedModel {
  readonly maxTokens = 16;
  readonly bytes = 100;
  disposed = false;
  readonly pending: PendingRun[] = [];
  /** Set by tests of generation. */
  generate?: NonNullable<LoadedModel['generate']>;
  /** Set by tests of changes. */
  intervene?: NonNullable<LoadedModel['intervene']>;

  constructor(readonly id: string) {}

  run(input: RunInput, signal: AbortSignal): Promise<Run> {
    const step = new Step<Run>();
    signal.addEventListener('abort', () => step.reject(signal.reason));
    const finish = (): FakeRun => {
      const run = fakeRun(this.id, input);
      step.resolve(run);
      return run;
    };
    this.pending.push({ input, signal, step, finish });
    return step.promise;
  }

  dispose(): void {
    this.disposed = true;
  }
}

export interface PendingLoad {
  readonly id: string;
  readonly device: Device;
  readonly signal: AbortSignal;
  readonly step: Step<FakeModel>;
  progress(progress: LoadProgress): void;
  finish(): FakeModel;
}

/** A GPU whose loads wait for the test, and that can be lost. */
export class FakeBackend implements Backend {
  readonly loads: PendingLoad[] = [];
  readonly tokenizers: (Tokenizer & { disposed: boolean })[] = [];
  /** Errors that the next calls of `openDevice` throw; null: it works. */
  readonly deviceErrors: (Error | null)[] = [];
  devices = 0;
  lose: (reason: string) => void = () => undefined;

  /** Tokenizers that open now have a chat template. */
  hasChat = false;

  /** What is said of the files of models that are opened now. */
  remarks: Remarks = { head: null, sentences: [] };

  /** The memory budget that the last device was given. */
  budget: number | undefined;

  openDevice(onLost: (reason: string) => void, budget?: number): Promise<Device> {
    this.budget = budget;
    const error = this.deviceErrors.shift() ?? null;
    if (error !== null) return Promise.reject(error);
    this.devices += 1;
    this.lose = onLost;
    const name = `device ${this.devices}`;
    return Promise.resolve({ name, isSoftware: true, bytes: () => 1000, destroy: () => undefined });
  }

  openTokenizer(): Promise<Tokenizer> {
    const tokenizer = {
      encode: (text: string) => Promise.resolve(words(text)),
      ...(this.hasChat ? { chat: (message: string) => Promise.resolve(chat(message)) } : {}),
      token: (id: number) => ({ id, text: `#${id}`, span: null, special: false }),
      mask: null,
      size: 10,
      disposed: false,
      dispose: () => {
        tokenizer.disposed = true;
      },
    };
    this.tokenizers.push(tokenizer);
    return Promise.resolve(tokenizer);
  }

  async load(
    device: Device,
    source: { readonly model: ModelDetail },
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<{ loaded: LoadedModel; family: string; remarks: Remarks }> {
    const step = new Step<FakeModel>();
    const { id } = source.model;
    signal.addEventListener('abort', () => step.reject(signal.reason));
    const finish = (): FakeModel => {
      const model = new FakeModel(id);
      step.resolve(model);
      return model;
    };
    this.loads.push({ id, device, signal, step, progress: onProgress, finish });
    return { loaded: await step.promise, family: 'GPT-2', remarks: this.remarks };
  }
}
