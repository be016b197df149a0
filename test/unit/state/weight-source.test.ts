import { describe, expect, test } from 'vitest';
import { Api } from '../../../src/renderer/api.ts';
import { PIECE, byteSource, hostSource } from '../../../src/renderer/state/session/weight-source.ts';
import { readText } from '../../../src/common/model-files.ts';
import { sourceReader } from '../../../src/renderer/models/source-files.ts';
import { arraySource } from '../formats/make-safetensors.ts';
import { detail } from './stand-ins.ts';
import { must } from '../../helpers/must.ts';

const none = new AbortController().signal;

/** A host with one file of `size` bytes, byte i being i mod 251; it notes the ranges that are asked for. */
function host(size: number) {
  const ranges: string[] = [];
  const api = new Api((path, init) => {
    const range = must(new Headers(init?.headers).get('range'));
    ranges.push(`${path} ${range}`);
    const [from, to] = must(/bytes=(\d+)-(\d+)/.exec(range))
      .slice(1)
      .map(Number) as [number, number];
    const bytes = new Uint8Array(Math.min(to + 1, size) - from);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (from + i) % 251;
    return Promise.resolve(new Response(bytes, { status: 206 }));
  });
  return { api, ranges };
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

describe('weights from the host', () => {
  test('come in pieces that join without gap or overlap', async () => {
    const { api, ranges } = host(3 * PIECE);
    const source = hostSource(api, detail('m'));
    const pieces = await all(source.read('f', 10, 2 * PIECE + 13, none));
    expect(pieces.map(({ length }) => length)).toEqual([PIECE, PIECE, 3]);
    expect(must(pieces[1])[0]).toBe((10 + PIECE) % 251);
    expect(ranges[0]).toBe(`/api/models/m/files/f bytes=10-${10 + PIECE - 1}`);
    expect(ranges).toHaveLength(3);
  });

  test('nothing is asked for an empty range', async () => {
    const { api, ranges } = host(10);
    expect(await all(hostSource(api, detail('m')).read('f', 4, 4, none))).toEqual([]);
    expect(ranges).toEqual([]);
  });

  test('an abort ends the reading with its reason', async () => {
    const { api, ranges } = host(9 * PIECE);
    const abort = new AbortController();
    const reading = (async () => {
      for await (const piece of hostSource(api, detail('m')).read('f', 0, 9 * PIECE, abort.signal))
        if (piece.length > 0) abort.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(ranges.length).toBeLessThanOrEqual(2);
  });

  test('fewer bytes than asked for is an error', async () => {
    const { api } = host(100);
    await expect(all(hostSource(api, detail('m')).read('f', 0, 101, none))).rejects.toMatchObject({
      code: 'short-read',
    });
  });
});

describe('weights that the window reads itself', () => {
  const source = (text: string) => byteSource(detail('m'), new Map([['0', arraySource(encode(text))]]));
  const encode = (text: string) => new TextEncoder().encode(text);

  test('are read from the file of that id', async () => {
    const [piece] = await all(source('hello world').read('0', 6, 11, none));
    expect(new TextDecoder().decode(piece)).toBe('world');
  });

  test('a file that there is not is an error', async () => {
    await expect(all(source('short').read('7', 0, 1, none))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a text whose characters are split over pieces is whole', async () => {
    const text = `${'x'.repeat(PIECE - 1)}é fin`;
    const file = { id: '0', name: 'a.txt', size: encode(text).length };
    expect(await readText(file, sourceReader(source(text), none), 'bad-config')).toBe(text);
  });
});
