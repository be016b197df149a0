import { describe, expect, test } from 'vitest';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { fakeRun, settle, type FakeRun } from './stand-ins.ts';

describe('beside the text', () => {
  test('a second text and decoding options reach the run; what is about one text goes with it', async () => {
    const { session, model } = await opened();
    session.setPair('second');
    await settle();
    last(model).finish();
    await settle();
    void session.setDecode({ beams: 4, prefix: [3] });
    await settle();
    expect(last(model).input.decode).toEqual({ beams: 4, prefix: [3] });
    last(model).finish();
    await settle();
    session.setText('another text');
    await settle();
    expect(last(model).input.decode).toEqual({ beams: 4 });
  });

  test('a corrected config opens the model again, and the text stays', async () => {
    const { session, backend } = await opened();
    session.setText('my text');
    void session.correct({ model_type: 'rnn-lm' });
    await settle();
    const load = must(backend.loads[1]);
    const model = load.finish();
    await settle();
    expect(session.model?.source.model).toMatchObject({
      modelType: 'rnn-lm',
      config: { model_type: 'rnn-lm' },
    });
    expect(last(model).input.text).toBe('my text');
  });
});

describe('generation', () => {
  /** A model that writes three runs; the test lets each one come. */
  async function writing() {
    const state = await opened();
    const steps: (() => void)[] = [];
    const given: FakeRun[] = [];
    state.model.generate = async function* (input, signal) {
      for (let count = 1; count <= 3; count++) {
        await new Promise<void>((resolve, reject) => {
          steps.push(resolve);
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        const run = fakeRun('a', { ...input, tokens: [...input.tokens, ...input.tokens.slice(0, count)] });
        given.push(run);
        yield run;
      }
    };
    return { ...state, steps, given };
  }

  test('shows every run as it comes and gives the former one back', async () => {
    const { session, steps, given, first } = await writing();
    const done = session.generate({ maxTokens: 3 }, null);
    await settle();
    expect(session.generating).toBe(true);
    must(steps[0])();
    await settle();
    expect(session.run).toBe(given[0]);
    expect(first.disposed).toBe(true);
    must(steps[1])();
    await settle();
    must(steps[2])();
    await done;
    expect(session.run).toBe(given[2]);
    expect(given.map(({ disposed }) => disposed)).toEqual([true, true, false]);
    expect(session.generating).toBe(false);
    expect(session.phase).toBe('ready');
  });

  test('stops where the user stops it; what is written stays', async () => {
    const { session, steps, given, notices } = await writing();
    const done = session.generate({ maxTokens: 3 }, null);
    await settle();
    must(steps[0])();
    await settle();
    session.cancelRun();
    await done;
    expect(session.run).toBe(given[0]);
    expect(session.generating).toBe(false);
    expect(notices.list).toEqual([]);
  });
});
