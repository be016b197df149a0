import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noteLeftover, removeLeftovers } from '../../../src/main/files/leftovers.ts';
import { buildModule } from './build-module.ts';
import { temporaryFolder } from './temporary.ts';

let cache = '';
beforeEach(() => {
  cache = temporaryFolder();
  vi.stubEnv('HEADGATE_CACHE_DIR', cache);
});
afterEach(() => vi.unstubAllEnvs());

const notes = () => (existsSync(join(cache, 'leftovers')) ? readdirSync(join(cache, 'leftovers')) : []);

/** Runs a script that imports a module of the app, in a process of its own. */
async function runWith(module: string, script: string, folder: string): Promise<void> {
  await buildModule(module, folder);
  writeFileSync(join(folder, 'run.mjs'), script);
  spawnSync(process.execPath, [join(folder, 'run.mjs')], { cwd: folder });
}

test('a file that a killed process was writing is removed by a later start', async () => {
  const folder = temporaryFolder({ 'out/other': '' });
  await runWith(
    'files/atomic-file.ts',
    `import { AtomicFile } from './atomic-file.mjs';
     await AtomicFile.create('out/file');
     process.kill(process.pid, 'SIGKILL');`,
    folder,
  );
  expect(readdirSync(join(folder, 'out'))).toHaveLength(2);
  expect(notes()).toHaveLength(1);
  removeLeftovers();
  expect(readdirSync(join(folder, 'out'))).toEqual(['other']);
  expect(notes()).toEqual([]);
});

test('so is the profile of its browser', async () => {
  const folder = temporaryFolder({ program: 'ELF' });
  vi.stubEnv('TMPDIR', folder);
  await runWith(
    'launch/profile.ts',
    `import { writeFileSync } from 'node:fs';
     import { temporaryProfile } from './profile.mjs';
     writeFileSync(temporaryProfile('program').path + '/data', '');
     process.kill(process.pid, 'SIGKILL');`,
    folder,
  );
  const profiles = () => readdirSync(folder).filter((name) => name.startsWith('headgate-profile-'));
  expect(profiles()).toHaveLength(1);
  removeLeftovers();
  expect(profiles()).toEqual([]);
});

test('what a running process or another machine noted stays, and so does what is not ours', () => {
  const folder = temporaryFolder({ '.headgate-0123456789ab.tmp': '', precious: '' });
  const done = noteLeftover(join(folder, '.headgate-0123456789ab.tmp'));
  const [mine = ''] = notes();
  // 2 ** 30 is above every system's largest process id.
  const dead = mine.replace(/-\d+-/, `-${2 ** 30}-`);
  writeFileSync(join(cache, 'leftovers', dead), join(folder, 'precious'));
  writeFileSync(
    join(cache, 'leftovers', `00000000${dead.slice(8)}`),
    join(folder, '.headgate-0123456789ab.tmp'),
  );
  removeLeftovers();
  expect(readdirSync(folder).sort()).toEqual(['.headgate-0123456789ab.tmp', 'precious']);
  expect(notes().sort()).toEqual([`00000000${dead.slice(8)}`, mine].sort());
  done();
  expect(notes()).toHaveLength(1);
});

test('a cache folder that can not be written is no obstacle', () => {
  vi.stubEnv('HEADGATE_CACHE_DIR', join(temporaryFolder({ blocker: '' }), 'blocker'));
  noteLeftover('/x')();
  removeLeftovers();
});
