import { describe, expect, test, vi } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { readDropped } from '../../../src/renderer/state/session/drop.ts';
import { detail } from './stand-ins.ts';
import { must } from '../../helpers/must.ts';

const none = new AbortController().signal;
const files = [
  { name: 'config.json', file: new Blob(['{"a": 1}']) },
  { name: 'model.safetensors', file: new Blob(['0123456789']) },
];

/** A host that asks for one range after another and then has the model. */
function host(
  needs: { index: number; offset: number; length: number }[],
  error: HeadgateError | null = null,
) {
  const sent: string[] = [];
  const reply = () => ({
    id: 'd1',
    need: needs.slice(sent.length, sent.length + 1),
    model: sent.length < needs.length || error !== null ? null : detail('m', 'dropped'),
  });
  return {
    sent,
    beginDrop: vi.fn(() => Promise.resolve(reply())),
    sendDropBytes: vi.fn(async (_id: string, index: number, offset: number, bytes: Blob) => {
      sent.push(`${index}@${offset}: ${await bytes.text()}`);
      if (error !== null) throw error;
      return reply();
    }),
    endDrop: vi.fn(() => Promise.resolve()),
  };
}

describe('a dropped folder', () => {
  test('sends the ranges that are asked for and nothing else', async () => {
    const api = host([
      { index: 0, offset: 0, length: 8 },
      { index: 1, offset: 2, length: 3 },
    ]);
    const model = await readDropped(api, { name: 'mine', files }, none);
    expect(model.id).toBe('m');
    expect(api.beginDrop).toHaveBeenCalledWith({
      name: 'mine',
      files: [
        { name: 'config.json', size: 8 },
        { name: 'model.safetensors', size: 10 },
      ],
    });
    expect(api.sent).toEqual(['0@0: {"a": 1}', '1@2: 234']);
    expect(api.endDrop).not.toHaveBeenCalled();
  });

  test('an error of the host’s parsers reaches the user, and the drop is forgotten', async () => {
    const api = host([{ index: 0, offset: 0, length: 8 }], new HeadgateError('bad-header', 'Bad.', 'Fix.'));
    await expect(readDropped(api, { name: 'mine', files }, none)).rejects.toMatchObject({
      code: 'bad-header',
    });
    expect(api.endDrop).toHaveBeenCalledWith('d1');
  });

  test('an abort forgets the drop', async () => {
    const api = host([{ index: 0, offset: 0, length: 8 }]);
    const abort = new AbortController();
    abort.abort(new Error('stop'));
    await expect(readDropped(api, { name: 'mine', files }, abort.signal)).rejects.toThrow('stop');
    expect(api.endDrop).toHaveBeenCalled();
  });

  test('a host that asks for a file that is not there ends it', async () => {
    const api = host([{ index: 9, offset: 0, length: 8 }]);
    await expect(readDropped(api, { name: 'mine', files }, none)).rejects.toMatchObject({
      code: 'drop-stalled',
    });
  });

  test.each([
    ['no files', [], 'empty-drop'],
    ['too many files', Array.from({ length: 5000 }, () => must(files[0])), 'too-many-files'],
  ])('%s is refused here', async (_, list, code) => {
    const api = host([]);
    await expect(readDropped(api, { name: 'mine', files: list }, none)).rejects.toMatchObject({ code });
    expect(api.beginDrop).not.toHaveBeenCalled();
  });
});
