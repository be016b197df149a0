import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AtomicFile, writeAtomically } from '../../../src/main/files/atomic-file.ts';
import { buildModule } from './build-module.ts';
import { temporaryFolder } from './temporary.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a file that is written in one step', () => {
  test('is not there before it is whole, and nothing else is there afterwards', async () => {
    const folder = temporaryFolder();
    const target = join(folder, 'out.bin');
    const file = await AtomicFile.create(target);
    await file.write(bytes('world'), 6);
    await file.write(bytes('hello '), 0);
    expect(existsSync(target)).toBe(false);
    await file.commit(false);
    expect(readFileSync(target, 'utf8')).toBe('hello world');
    expect(readdirSync(folder)).toEqual(['out.bin']);
  });

  test('replaces only when told to', async () => {
    const folder = temporaryFolder({ 'out.bin': 'precious' });
    const target = join(folder, 'out.bin');
    const file = await AtomicFile.create(target);
    await expect(file.commit(false)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(readdirSync(folder)).toEqual(['out.bin']);
    await writeAtomically(target, 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  test('leaves nothing when it is discarded', async () => {
    const folder = temporaryFolder();
    const file = await AtomicFile.create(join(folder, 'out.bin'));
    await file.write(bytes('half'), 0);
    await file.discard();
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing when the process ends in the middle', async () => {
    const folder = temporaryFolder({ 'out/other': '' });
    await buildModule('files/atomic-file.ts', folder);
    const script = `
      import { readdirSync } from 'node:fs';
      import { AtomicFile } from './atomic-file.mjs';
      await AtomicFile.create('out/file');
      console.log(readdirSync('out').length);
      process.exit(0);`;
    const args = ['--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).trim()).toBe('2');
    expect(readdirSync(join(folder, 'out'))).toEqual(['other']);
  });
});
