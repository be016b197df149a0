import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { offeredSubfolder } from '../../../src/common/subfolder.ts';
import { Library } from '../../../src/main/library/library.ts';
import { Recents } from '../../../src/main/library/recents.ts';
import type { Api } from '../../../src/renderer/api.ts';
import { droppedSource } from '../../../src/renderer/state/session/drop.ts';
import { Shelf } from '../../../src/renderer/state/session/shelf.svelte.ts';
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
    [
      'the model of sentence-transformers, not a step after it',
      'mine',
      ['modules.json'],
      { '0_Transformer': W, '1_Pooling': ['config.json'], '2_Dense': W },
      null,
      '0_Transformer',
    ],
  ])('%s', (_, name, files, folders, main, path) => {
    const offer = offeredSubfolder({ name, files, folders: new Map(Object.entries(folders)), main });
    expect(offer?.path ?? null).toBe(path);
    if (path !== null) expect(offer?.note).toContain(path.split('/').at(-1));
  });

  test('the cache itself asks which repository', () => {
    const folders = new Map([
      ['models--org--gpt', []],
      ['models--org--bert', []],
      ['.locks', []],
    ]);
    expect(() => offeredSubfolder({ name: 'hub', files: ['version.txt'], folders, main: null })).toThrow(
      '"hub" is Hugging Face\'s cache with 2 repositories: models--org--gpt, models--org--bert.',
    );
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

  test('the library offers what lies beside: the other checkpoints, or all where nobody can tell which', async () => {
    const folder = temporaryFolder({});
    for (const step of [9, 10, 11]) write(join(folder, 'run', `checkpoint-${step}`));
    for (const name of ['a', 'b']) write(join(folder, 'mine', name));
    const recents = await Recents.load(join(folder, 'config'));
    const library = await Library.load({ bundled: join(folder, 'none'), recents });
    const names = async () => (await library.list()).map(({ name }) => name);
    await library.open(join(folder, 'run'));
    expect(await names()).toEqual(['run/checkpoint-11', 'run/checkpoint-10', 'run/checkpoint-9']);
    const other = (await library.list()).at(-1);
    expect(other?.bytes).toBeGreaterThan(1000);
    expect((await library.detail(other?.id ?? '')).name).toBe('run/checkpoint-9');
    expect(await names()).toEqual(['run/checkpoint-9', 'run/checkpoint-11', 'run/checkpoint-10']);
    expect(await rejection(library.open(join(folder, 'mine')))).toMatchObject({ code: 'choose-subfolder' });
    expect((await names()).slice(3)).toEqual(['a', 'b']);
    await library.forget((await library.list()).at(-1)?.id ?? '');
    expect((await names()).slice(3)).toEqual(['a']);
    // Only what was opened is kept for the next start.
    const next = await Library.load({ bundled: join(folder, 'none'), recents });
    expect(await next.list()).toHaveLength(2);
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

  test.each([
    ['the folder of all steps', '', '0_Transformer', ['1_Pooling/config.json', 'modules.json']],
    ['the model’s own', '0_Transformer', '0_Transformer', ['1_Pooling/config.json', 'modules.json']],
    ['another one', '0_Transformer', '0_Other', []],
    ['one that leads out', '0_Transformer', '../0_Transformer', []],
  ])(
    'steps of sentence-transformers count whichever folder is opened: %s',
    async (_, opened, path, taken) => {
      const folder = temporaryFolder({
        'mine/modules.json': JSON.stringify([
          { type: 'sentence_transformers.models.Transformer', path },
          { type: 'sentence_transformers.models.Pooling', path: '1_Pooling' },
        ]),
        'mine/1_Pooling/config.json': '{"pooling_mode_cls_token": true}',
      });
      write(join(folder, 'mine', '0_Transformer'));
      const library = await Library.load({ bundled: folder, recents: null });
      const { files } = await library.open(join(folder, 'mine', opened));
      const own = Object.keys(tinyGpt2());
      expect(
        files
          .map(({ name }) => name)
          .filter((name) => !own.includes(name))
          .sort(),
      ).toEqual(taken);
    },
  );

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

  test('the steps of sentence-transformers come along', async () => {
    const modules = [
      { type: 'a.Transformer', path: '0_Transformer' },
      { type: 'a.Pooling', path: '1_Pooling' },
    ];
    const steps = [
      { name: 'modules.json', file: new Blob([JSON.stringify(modules)]) },
      { name: '1_Pooling/config.json', file: new Blob(['{}']) },
    ];
    const dropped = { name: 'mine', files: [...files('0_Transformer/'), ...steps] };
    const { model } = await droppedSource(dropped, signal);
    expect(model.files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['modules.json', '1_Pooling/config.json']),
    );
  });

  test('the others are listed, and read when they are opened', async () => {
    const shelf = new Shelf({} as Api);
    const run = { name: 'run', files: [...files('checkpoint-3/'), ...files('checkpoint-20/')] };
    expect((await shelf.add(run, signal)).model.name).toBe('run/checkpoint-20');
    const names = () => shelf.models.map(({ name }) => name);
    expect(names()).toEqual(['run/checkpoint-20', 'run/checkpoint-3']);
    const { model } = await shelf.source(shelf.models[1]?.id ?? '', signal);
    expect(model.name).toBe('run/checkpoint-3');
    expect(names()).toEqual(['run/checkpoint-3', 'run/checkpoint-20']);
    const both = { name: 'mine', files: [...files('a/'), ...files('b/')] };
    expect(await rejection(shelf.add(both, signal))).toMatchObject({ code: 'choose-subfolder' });
    expect(names().slice(2)).toEqual(['mine/a', 'mine/b']);
    await shelf.forget(shelf.models[3]?.id ?? '');
    expect(names().slice(2)).toEqual(['mine/a']);
  });

  test.each([
    ['a snapshot of links', { name: 'a'.repeat(40), files: [] }, 'dropped-links'],
    ['a repository without its snapshots', { name: 'models--a--b', files: files('blobs/') }, 'dropped-links'],
    ['nothing', { name: 'mine', files: [] }, 'empty-drop'],
  ])('%s', async (_, dropped, code) => {
    expect(await rejection(droppedSource(dropped, signal))).toMatchObject({ code });
  });
});
