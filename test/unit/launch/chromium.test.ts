import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startChromium } from '../../../src/main/launch/chromium.ts';
import { startElectron } from '../../../src/main/launch/electron-process.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headgate-chromium-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that does what `script` says; it can read what it was told on the pipe and tell of pages there. */
function program(script: string): string {
  const path = join(folder, 'browser');
  const head = `#!${process.execPath}
    const fs = require('node:fs');
    const folder = ${JSON.stringify(folder)};
    fs.writeFileSync(folder + '/args', process.argv.slice(2).join(' '));
    const tell = (method, params) => fs.writeSync(4, JSON.stringify({ method, params }) + '\\0');
    const page = (targetId) => tell('Target.targetCreated', { targetInfo: { targetId, type: 'page' } });
    const onAsked = (method, then) => {
      const pipe = fs.createReadStream(null, { fd: 3 });
      pipe.on('data', (text) => String(text).includes(method) && then());
    };
  `;
  writeFileSync(path, head + script);
  chmodSync(path, 0o755);
  return path;
}

test('Chromium is told to end when its last page is closed', async () => {
  const page = startChromium(
    program(`
      onAsked('Browser.close', () => { fs.writeFileSync(folder + '/closed', ''); process.exit(0); });
      page('a'); page('b');
      tell('Target.targetDestroyed', { targetId: 'a' });
      tell('Target.targetDestroyed', { targetId: 'worker' });
      setTimeout(() => tell('Target.targetDestroyed', { targetId: 'b' }), 50);
    `),
    ['--app=x'],
  );
  expect(await page.ended).toMatchObject({ how: 'closed' });
  expect(existsSync(join(folder, 'closed'))).toBe(true);
  expect(readFileSync(join(folder, 'args'), 'utf8')).toBe('--remote-debugging-pipe --app=x');
});

test('closing asks first', async () => {
  const page = startChromium(program(`onAsked('Browser.close', () => process.exit(0)); page('a');`), []);
  await page.close();
  expect(await page.ended).toMatchObject({ how: 'closed' });
});

test('a browser that does not listen is ended by force', async () => {
  const page = startChromium(program(`page('a'); setInterval(() => {}, 1000);`), []);
  await vi.waitFor(() => expect(existsSync(join(folder, 'args'))).toBe(true), { timeout: 20_000 });
  await page.close();
  expect(await page.ended).toMatchObject({ how: 'closed' });
});

test('an unseen page that dies ends its browser', async () => {
  const dying = program(`
    onAsked('Browser.close', () => process.exit(0));
    page('a'); tell('Target.targetCrashed', { targetId: 'a' });
  `);
  expect(await startChromium(dying, [], { endOnCrash: true }).ended).toMatchObject({ how: 'crashed' });
});

test('the page is sent on to an address that stands on no command line', async () => {
  const sent = program(`
    const pipe = fs.createReadStream(null, { fd: 3 });
    const answer = (id, result) => fs.writeSync(4, JSON.stringify({ id, result }) + '\\0');
    let rest = '';
    pipe.on('data', (text) => {
      const parts = (rest + text).split('\\0');
      rest = parts.pop();
      for (const { id, method, params, sessionId } of parts.map((part) => JSON.parse(part))) {
        fs.appendFileSync(folder + '/asked', [method, params.url, sessionId].join(' ') + '\\n');
        if (method === 'Target.attachToTarget') answer(id, { sessionId: 's' });
        else if (method === 'Target.detachFromTarget') process.exit(0);
        else answer(id, {});
      }
    });
    page('a'); page('b');
  `);
  let asked = 0;
  const address = () => `http://secret/${++asked}`;
  await startChromium(sent, ['http://waiting'], { address }).ended;
  expect(readFileSync(join(folder, 'args'), 'utf8')).toBe('--remote-debugging-pipe http://waiting');
  expect(
    readFileSync(join(folder, 'asked'), 'utf8')
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([
    'Target.setDiscoverTargets',
    'Target.attachToTarget',
    'Page.navigate http://secret/1 s',
    'Page.resetNavigationHistory  s',
    'Target.detachFromTarget',
    '',
  ]);
});

test('a page that dies in a window can be loaded again by the user', async () => {
  const dying = program(`
    onAsked('Browser.close', () => process.exit(0));
    page('a'); tell('Target.targetCrashed', { targetId: 'a' });
    setTimeout(() => fs.writeFileSync(folder + '/still-there', ''), 300);
  `);
  const page = startChromium(dying, []);
  await vi.waitFor(() => expect(existsSync(join(folder, 'still-there'))).toBe(true), { timeout: 20_000 });
  await page.close();
  expect(await page.ended).toMatchObject({ how: 'closed' });
});

test('a browser that never showed a page has failed, with its last words', async () => {
  const page = startChromium(
    program(`console.error('line one\\nno usable sandbox'); process.exitCode = 1;`),
    [],
  );
  expect(await page.ended).toEqual({ how: 'failed', detail: 'no usable sandbox' });
});

test('a program that is not there has failed', async () => {
  const page = startChromium(join(folder, 'nowhere'), []);
  const { how, detail } = await page.ended;
  expect(how).toBe('failed');
  expect(detail).toContain('ENOENT');
});

const START = { model: '/models/gpt 2', hidden: null };

test('Electron gets the app and the model, and tells when its window is there', async () => {
  const page = startElectron(program(`process.send('window-open', () => process.exit(0));`), START);
  expect(await page.ended).toMatchObject({ how: 'closed' });
  const args = readFileSync(join(folder, 'args'), 'utf8');
  expect(args).toContain(process.cwd());
  expect(args).toContain('--headgate-model=/models/gpt 2');
});

test.each([
  [`process.send('window-open', () => process.exit(1));`, 'crashed'],
  [`process.exit(1);`, 'failed'],
  [`process.exit(0);`, 'closed'],
])('Electron that runs %s has %s', async (script, how) => {
  expect(await startElectron(program(script), START).ended).toMatchObject({ how });
});

test('Electron is told over its channel where a hidden window goes', async () => {
  const told = program(`
    process.on('message', (address) => { fs.writeFileSync(folder + '/told', address); process.exit(0); });
    process.send('window-open');
  `);
  await startElectron(told, { model: null, hidden: 'http://waiting' }, { address: () => 'http://secret' })
    .ended;
  expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('http://secret');
  expect(readFileSync(join(folder, 'args'), 'utf8')).not.toContain('secret');
});

test('Electron is closed on request', async () => {
  const page = startElectron(program(`process.send('window-open'); setInterval(() => {}, 1000);`), START);
  await page.close();
  expect(await page.ended).toMatchObject({ how: 'closed' });
});
