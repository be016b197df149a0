import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { offeredSubfolder } from '../../../src/common/subfolder.ts';
import { Library } from '../../../src/main/library/library.ts';
import { Recents } from '../../../src/main/library/recents.ts';
import { droppedSource } from '../../../src/renderer/state/session/drop.ts';
import { tinyGpt2 } from '../cli/tiny-gpt2.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { rejection } from '../formats/make-safetensors.ts';

const W = ['config.json', 'model.safetensors'];

describe('a folder that holds no model itself', () => {
  test.each<[string, string, string[], Record<string, string[]>, string | null, string | null]>([
    ['a model', 'run', W, { 'checkpoint-5': W }, null, null],
    [
      'a run',
      'run',
      ['all_results.json'],
      { 'checkpoint-500': W, 'checkpoint-1000': W, logs: ['x.log'] },
      null,
      'checkpoint-1000',
    ],
    ['one model', 'mine', [], { final: W, logs: [] }, null, 'final'],
    [
      'a cached repository',
      'models--org--gpt',
      [],
      { refs: ['main'], 'snapshots/aa': W, 'snapshots/bb': W },
      'aa',
      'snapshots/aa',
    ],
    ['nothing', 'mine', ['a.txt'], { logs: ['x.log'] }, null, null],
  ])('%s', (_, name, files, folders, main, path) => {
    const offer = offeredSubfolder({ name, files, folders: new Map(Object.entries(folders)), main });
    expect(offer?.path ?? null).toBe(path);
    if (path !== null) expect(offer?.note).toContain(path.split('/').at(-1));
  });

  test('that holds several asks which', () => {
    const tree = {
      name: 'mine',
      files: [],
      folders: new Map([
        ['a', W],
        ['b', W],
      ]),
      main: null,
    };
    expect(() => offeredSubfolder(tree)).toThrow('2 folders inside of it do: a, b');
  });
});

function write(path: string): void {
  mkdirSync(path, { recursive: true });
  for (const [name, content] of Object.entries(tinyGpt2())) writeFileSync(join(path, name), content);
}

describe('on a disk', () => {
  test('a Trainer’s run opens as its last checkpoint, under both names', async () => {
    const folder = temporaryFolder({});
    for (const step of [9, 10]) write(join(folder, 'run', `checkpoint-${step}`));
    const library = await Library.load({ bundled: folder, recents: null });
    const { name, notes } = await library.open(join(folder, 'run'));
    expect([name, notes]).toEqual(['run/checkpoint-10', [expect.stringContaining('checkpoint-9')]]);
  });

  test('a repository of Hugging Face’s cache opens as its snapshot of links', async () => {
    const folder = temporaryFolder({});
    const repository = join(folder, 'models--org--tiny');
    write(join(repository, 'blobs'));
    mkdirSync(join(repository, 'snapshots', 'abc'), { recursive: true });
    for (const name of Object.keys(tinyGpt2()))
      symlinkSync(join('..', '..', 'blobs', name), join(repository, 'snapshots', 'abc', name));
    const library = await Library.load({ bundled: folder, recents: null });
    const { name, notes } = await library.open(repository);
    expect([name, notes]).toEqual(['org/tiny', [expect.stringContaining('snapshots/abc')]]);
  });

  test('models of one name show where they are', async () => {
    const folder = temporaryFolder({});
    for (const run of ['one', 'two']) write(join(folder, run, 'final'));
    write(join(folder, 'other'));
    const library = await Library.load({
      bundled: join(folder, 'none'),
      recents: await Recents.load(join(folder, 'config')),
    });
    for (const path of ['one/final', 'two/final', 'other']) await library.open(join(folder, path));
    const places = (await library.list()).map(({ name, place }) => [
      name,
      place?.split(/[\\/]/).slice(-2).join('/'),
    ]);
    expect(places.toSorted()).toEqual([
      ['final', 'one/final'],
      ['final', 'two/final'],
      ['other', undefined],
    ]);
  });
});

describe('dropped', () => {
  const files = (prefix: string) =>
    Object.entries(tinyGpt2()).map(([name, content]) => ({
      name: prefix + name,
      file: new Blob([content as string]),
    }));
  const { signal } = new AbortController();

  test('the subfolder that is the model is opened, and that is said', async () => {
    const { model } = await droppedSource({ name: 'run', files: files('checkpoint-3/') }, signal);
    expect([model.name, model.notes]).toEqual([
      'run/checkpoint-3',
      [expect.stringContaining('checkpoint-3')],
    ]);
  });

  test.each([
    ['a snapshot of links', { name: 'a'.repeat(40), files: [] }, 'dropped-links'],
    ['a repository without its snapshots', { name: 'models--a--b', files: files('blobs/') }, 'dropped-links'],
    ['nothing', { name: 'mine', files: [] }, 'empty-drop'],
  ])('%s', async (_, dropped, code) => {
    expect(await rejection(droppedSource(dropped, signal))).toMatchObject({ code });
  });
});
