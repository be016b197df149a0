import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GrantedFolder, opaqueId } from '../../../src/main/files/grant.ts';
import { must } from '../../helpers/must.ts';
import { temporaryFolder } from './temporary.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('a granted folder', () => {
  test('gives its files', async () => {
    const folder = await GrantedFolder.at(temporaryFolder({ 'a.txt': 'hello', 'sub/b.txt': 'deep' }));
    expect(folder.names).toEqual(['a.txt', 'sub']);
    const a = must(await folder.file('a.txt'));
    expect([a.name, a.size, text(await a.read(1, 4))]).toEqual(['a.txt', 5, 'ell']);
    expect(text(await must(await folder.file('sub/b.txt')).read(0, 4))).toBe('deep');
    expect(await folder.file('c.txt')).toBe(null);
    expect(await folder.file('a.txt/c.txt')).toBe(null);
  });

  test.each(['../secret', '..', '/etc/passwd', 'sub/../../secret', '..\\secret', 'C:\\secret', 'a\0b', ''])(
    'gives nothing for %j',
    async (name) => {
      const root = temporaryFolder({ secret: 'x', 'model/a.txt': 'hello' });
      const folder = await GrantedFolder.at(join(root, 'model'));
      await expect(folder.file(name)).rejects.toMatchObject({ code: 'unsafe-name' });
    },
  );

  test('follows links inside and none that lead outside', async () => {
    const root = temporaryFolder({ secret: 'x', 'other/c.txt': 'y', 'model/a.txt': 'hello' });
    const model = join(root, 'model');
    symlinkSync('a.txt', join(model, 'inside'));
    symlinkSync('../secret', join(model, 'outside'));
    symlinkSync('../other', join(model, 'folder'));
    symlinkSync('../model-2', join(model, 'dangling'));
    const folder = await GrantedFolder.at(model);
    expect(text(await must(await folder.file('inside')).read(0, 5))).toBe('hello');
    await expect(folder.file('outside')).rejects.toMatchObject({ code: 'unsafe-name' });
    await expect(folder.file('folder/c.txt')).rejects.toMatchObject({ code: 'unsafe-name' });
    expect(await folder.file('dangling')).toBe(null);
  });

  test('is not confused with a folder whose name begins alike', async () => {
    const root = temporaryFolder({ 'model/a.txt': '', 'model-2/b.txt': 'x' });
    symlinkSync('../model-2/b.txt', join(root, 'model', 'b.txt'));
    const folder = await GrantedFolder.at(join(root, 'model'));
    await expect(folder.file('b.txt')).rejects.toMatchObject({ code: 'unsafe-name' });
  });

  test('gives regular files only', async () => {
    const folder = await GrantedFolder.at(temporaryFolder({ 'sub/b.txt': '' }));
    await expect(folder.file('sub')).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('must be a folder', async () => {
    const root = temporaryFolder({ 'a.txt': '' });
    await expect(GrantedFolder.at(join(root, 'a.txt'))).rejects.toMatchObject({ code: 'not-a-folder' });
    await expect(GrantedFolder.at(join(root, 'b'))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('may be a snapshot in a Hugging Face cache, whose files are links to its blobs', async () => {
    const root = temporaryFolder({ 'models--org--tiny/blobs/abc': 'weights', 'elsewhere/x': 'x' });
    const snapshot = join(root, 'models--org--tiny', 'snapshots', '123');
    mkdirSync(snapshot, { recursive: true });
    symlinkSync('../../blobs/abc', join(snapshot, 'model.safetensors'));
    symlinkSync('../../../elsewhere/x', join(snapshot, 'config.json'));
    const folder = await GrantedFolder.at(snapshot);
    expect(folder.name).toBe('org/tiny');
    expect(text(await must(await folder.file('model.safetensors')).read(0, 7))).toBe('weights');
    await expect(folder.file('config.json')).rejects.toMatchObject({ code: 'unsafe-name' });
  });

  test('does not follow blobs that are a link themselves', async () => {
    const root = temporaryFolder({ 'elsewhere/abc': 'x', 'models--tiny/snapshots/1/README.md': '' });
    symlinkSync('../elsewhere', join(root, 'models--tiny', 'blobs'));
    symlinkSync('../../blobs/abc', join(root, 'models--tiny/snapshots/1/model.safetensors'));
    const folder = await GrantedFolder.at(join(root, 'models--tiny/snapshots/1'));
    await expect(folder.file('model.safetensors')).rejects.toMatchObject({ code: 'unsafe-name' });
  });
});

describe('a file that changes after it was opened', () => {
  const open = async () => {
    const root = temporaryFolder({ 'a.txt': 'hello', secret: 'world' });
    return {
      path: join(root, 'a.txt'),
      root,
      source: must(await (await GrantedFolder.at(root)).file('a.txt')),
    };
  };

  test.each<[string, string, (path: string, root: string) => void]>([
    ['grows', 'file-changed', (path) => appendFileSync(path, '!')],
    ['shrinks', 'file-changed', (path) => writeFileSync(path, 'hi')],
    ['is written over', 'file-changed', (path) => utimesSync(path, 1, 1)],
    ['is replaced by another', 'file-changed', (path, root) => renameSync(join(root, 'secret'), path)],
    ['goes away', 'unreadable', (path) => rmSync(path)],
    ['becomes a link', 'unreadable', (path) => (rmSync(path), symlinkSync('secret', path))],
  ])('says so when it %s', async (_how, code, change) => {
    const { path, root, source } = await open();
    change(path, root);
    await expect(source.read(0, 5)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('a.txt') as unknown,
    });
  });

  test('is not read beyond its end', async () => {
    const { source } = await open();
    await expect(source.read(0, 6)).rejects.toThrow(RangeError);
    await expect(source.read(3, 2)).rejects.toThrow(RangeError);
    expect((await source.read(5, 5)).length).toBe(0);
  });
});

test('an id tells no path and stays the same', () => {
  expect(opaqueId('/home/me/model')).toMatch(/^[A-Za-z0-9_-]{22}$/);
  expect(opaqueId('/home/me/model')).toBe(opaqueId('/home/me/model'));
  expect(opaqueId('/home/me/model2')).not.toBe(opaqueId('/home/me/model'));
});
