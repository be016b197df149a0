import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkTarget } from '../../../src/main/files/check-target.ts';
import { GrantedFolder } from '../../../src/main/files/grant.ts';
import { pathError } from '../../../src/main/files/system-error.ts';
import { headgate } from '../cli/run.ts';
import { tinyGpt2 } from '../cli/tiny-gpt2.ts';
import { temporaryFolder } from './temporary.ts';

const isRoot = process.getuid?.() === 0;
const long = 'n'.repeat(300);

describe('a path that can not be read is named as what it is', () => {
  test('a link that leads in a circle, as a model and inside one', async () => {
    const folder = temporaryFolder(tinyGpt2());
    symlinkSync(join(folder, 'b'), join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    expect((await headgate('inspect', join(folder, 'a'))).stderr).toMatch(
      /"a" is a link that leads in a circle/,
    );
    symlinkSync(join(folder, 'vocab.txt'), join(folder, 'vocab.txt'));
    expect((await headgate('inspect', folder)).stderr).toMatch(
      /"vocab.txt" is a link that leads in a circle/,
    );
  });

  test('a link to nothing', async () => {
    const link = join(temporaryFolder(), 'a');
    symlinkSync('gone', link);
    for (const argv of [[link], ['inspect', link]])
      expect((await headgate(...argv)).stderr).toMatch(
        /^headgate: "a" is a link to "gone", which is not there\. Name/,
      );
  });

  test('a name that is too long', async () => {
    for (const argv of [[long], ['inspect', long]])
      expect((await headgate(...argv)).stderr).toMatch(/^headgate: The name "n+…n+" is too long/);
  });

  test.skipIf(isRoot)('a folder and a file without permission', async () => {
    const folder = temporaryFolder({ 'm/model.safetensors': 'x', 'm/config.json': '{}' });
    chmodSync(join(folder, 'm/config.json'), 0);
    expect((await headgate('inspect', join(folder, 'm'))).stderr).toMatch(/no permission for "config.json"/);
    chmodSync(join(folder, 'm'), 0);
    const { stderr } = await headgate('inspect', join(folder, 'm', 'model.safetensors'));
    chmodSync(join(folder, 'm'), 0o700);
    expect(stderr).toMatch(/no permission for "m/);
  });

  test.each([
    'EACCES',
    'EPERM',
    'ELOOP',
    'ENAMETOOLONG',
    'EISDIR',
    'EIO',
    'EMFILE',
    'ENOSPC',
    'EROFS',
    'EXYZ',
  ])('%s is no defect of Headgate, and tells the last part of the path only', (code) => {
    const cause = Object.assign(new Error(code), { code, syscall: 'open' });
    const { message, hint } = pathError('/home/ada/secret/model.bin', cause);
    expect(message).toContain('"model.bin"');
    expect(message + hint).not.toMatch(/ada|secret|defect/);
  });
});

test.skipIf(process.platform === 'win32')('a pipe in a folder’s place is called that', async () => {
  const folder = temporaryFolder();
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  await expect(GrantedFolder.at(join(folder, 'pipe'))).rejects.toMatchObject({
    code: 'not-a-folder',
    message: '"pipe" is a pipe (FIFO), not a folder.',
  });
});

describe('--out is refused before the run when it', () => {
  const refusal = async (out: string) => {
    try {
      await checkTarget(out, true);
    } catch (error) {
      return (error as Error).message;
    }
    return null;
  };

  test('is a folder, a link, a pipe or a device', async () => {
    const folder = temporaryFolder({ file: '' });
    mkdirSync(join(folder, 'sub'));
    symlinkSync(join(folder, 'file'), join(folder, 'link'));
    expect(await refusal(join(folder, 'sub'))).toBe('"sub" is a folder, not a file.');
    expect(await refusal(folder + '/')).toMatch(/is a folder, not a file/);
    expect(await refusal(join(folder, 'new/'))).toBe('"new" is the name of a folder.');
    expect(await refusal(join(folder, 'link'))).toBe('"link" is a link, not a file.');
    expect(await refusal(join(folder, 'file', 'x'))).toMatch(/"file" is not a folder/);
    expect(await refusal(join(folder, 'nowhere', 'x'))).toBe('"nowhere" is not there.');
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await refusal(join(folder, 'pipe'))).toBe('"pipe" is a pipe (FIFO), not a file.');
    expect(await refusal('/dev/null')).toBe('"null" is a device, not a file.');
  });

  test('has a name that is too long, but not when it is just short enough', async () => {
    const folder = temporaryFolder();
    expect(await refusal(join(folder, 'n'.repeat(256)))).toMatch(/too long/);
    expect(await refusal(join(folder, 'n'.repeat(255)))).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.skipIf(isRoot)('may not be written', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(await refusal(join(folder, 'x'))).toMatch(/no permission/);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
