import type { FigureJob } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { AttentionDisplay } from '../common/attention-display.svelte.ts';
import { Theme } from '../common/theme.svelte.ts';
import type { ReadingModel } from '../models/repeated-random.ts';
import type { Run } from '../runs/run.ts';
import { Selection } from '../state/window/selection.svelte.ts';
import type { ViewContext } from '../views/view.ts';
import type { FigureScene } from './figure-scene.ts';

/** What a view is given where there is no window. */
export class JobContext implements ViewContext {
  readonly slots: ViewContext['slots'];
  readonly selection = new Selection();
  readonly display = new AttentionDisplay();
  readonly invalid = false;
  readonly theme = new Theme();
  readonly pane = 'figure';
  readonly size = 'window';
  readonly decoding = { options: {}, set: () => undefined };
  readonly sampling: ViewContext['sampling'];
  readonly model: ViewContext['model'];
  readonly open = () => undefined;
  readonly models = { othersThan: () => [], run: () => Promise.reject(alone()) };

  /** @throws HeadgateError `bad-setting` for a token that the run does not have */
  constructor(
    readonly run: Run,
    reading: ReadingModel,
    { token, attention, log, hideFirstToken, generate = {} }: FigureJob,
    scene: FigureScene | null = null,
  ) {
    const { temperature = 0, topK = null, topP = null } = generate;
    this.sampling = {
      choice: { temperature, topK, topP },
      setTemperature: () => undefined,
      written: null,
    };
    this.slots = [{ letter: scene?.slot.letter ?? 'A', run }];
    this.model = { use: (use) => use(reading) };
    if (scene !== null) this.#take(scene);
    if (token !== undefined && token >= run.tokens.length) throw noToken(token, run);
    if (token !== undefined) this.selection.lock({ token: { side: 'target', index: token } });
    if (attention !== undefined) this.display.kind = attention;
    this.display.log ||= log;
    this.display.hideFirst ||= hideFirstToken;
  }

  /** What is looked at in the session, where it is a place of this slot; and how its panes show attention. */
  #take({ slot, screen }: FigureScene): void {
    const { locked, head } = screen.selection;
    const isHere = [locked?.token, locked?.key].every((ref) => (ref?.slot ?? slot.letter) === slot.letter);
    if (locked !== null && isHere) this.selection.lock(locked);
    this.selection.head = head;
    const { log, hideFirst, attention } = screen.display;
    Object.assign(this.display, { log, hideFirst, kind: attention });
  }
}

function noToken(token: number, { tokens }: Run): HeadgateError {
  return new HeadgateError(
    'bad-setting',
    `--token is ${token}; the run has the tokens 0 to ${tokens.length - 1}.`,
    'Tokens count from 0.',
  );
}

function alone(): HeadgateError {
  return new HeadgateError('no-library', 'A figure is of one model.', 'Leave the other models out.');
}
