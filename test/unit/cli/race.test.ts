import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { race, type RunRacer } from '../../../src/main/cli/race.ts';

const asked: (string | undefined)[] = [];
const racer: RunRacer = (model, { text }) => {
  asked.push(text);
  if (model === 'stopped') throw new HeadgateError('interrupted', 'Interrupted.', 'Nothing was written.');
  if (model === 'bad') throw new HeadgateError('no-pace', 'bad wrote nothing here.', 'Race others.');
  const row = {
    model,
    text: text ?? `example of ${model}`,
    output: 'un rey',
    steps: 3,
    milliseconds: 7.5,
    times: [2, 4, 7.5],
  };
  return Promise.resolve({ row, notes: model === 'nan' ? ['It holds NaN.'] : [] });
};

async function raced(models: readonly string[], isJson: boolean, text?: string) {
  asked.length = 0;
  const [out, notes]: [string[], string[]] = [[], []];
  const output = { out: (line: string) => out.push(line), note: (line: string) => notes.push(line) };
  const request = { kind: 'race', ...(text === undefined ? {} : { text }) } as const;
  const status = await race(models, request, { output, isJson }, racer);
  return { status, out: out.join('\n'), notes };
}

test('a model that fails is named, and the others race on', async () => {
  const { status, out, notes } = await raced(['a', 'bad', 'nan'], true, 'the king');
  expect(status).toBe(1);
  expect(notes).toEqual([
    'headgate: bad: bad wrote nothing here. Race others.',
    'headgate: note: nan: It holds NaN.',
  ]);
  const row = { output: 'un rey', steps: 3, milliseconds: 7.5, times: [2, 4, 7.5] };
  expect(JSON.parse(out)).toEqual({
    text: 'the king',
    racers: [
      { model: 'a', ...row },
      { model: 'bad', error: { code: 'no-pace', message: 'bad wrote nothing here.', hint: 'Race others.' } },
      { model: 'nan', ...row, notes: ['It holds NaN.'] },
    ],
  });
});

test('without a text all read the example of the first that has one', async () => {
  const { status, out, notes } = await raced(['bad', 'a', 'b'], false);
  expect([status, notes.length]).toEqual([1, 1]);
  expect(asked).toEqual([undefined, undefined, 'example of a']);
  expect(out).toBe('a: 3 steps in 8 ms\n  un rey\nb: 3 steps in 8 ms\n  un rey');
  expect((await raced(['a', 'a'], true)).status).toBe(0);
});

test('what the only model throws, and an interruption, end it', async () => {
  await expect(raced(['bad'], true)).rejects.toThrow('bad wrote nothing here.');
  await expect(raced(['a', 'stopped', 'b'], true)).rejects.toThrow('Interrupted.');
  expect(asked).toHaveLength(2);
});
