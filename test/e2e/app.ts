/** The real app for end-to-end tests: the loopback host as a child process, and the command line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { useLink } from '../helpers/session.ts';

export const root = resolve(import.meta.dirname, '../..');
export const fixtures = join(root, 'test/fixtures/gpt2');
const launcher = join(root, 'src/main/headgate.mjs');

/** A folder that is removed at the end of the test (`using`). */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'headgate-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `headgate …` to its end, with settings of its own. */
export async function headgate(...args: string[]): Promise<Finished> {
  using config = temporaryFolder();
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { ...process.env, HEADGATE_CONFIG_DIR: config.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise<number | null>((done) => child.on('close', done));
  return { status, stdout, stderr };
}

export interface Host {
  /** Where the host's one-use link led to, key included: any number of pages may open it. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * `headgate serve --no-open [MODEL…]` and the link that it prints. Without `configDir` it has settings of its own, and each
 * page begins with a fresh window.
 */
export async function printedLink(
  models: readonly string[] = [],
  configDir?: string,
): Promise<{ readonly link: string; [Symbol.asyncDispose](): Promise<void> }> {
  const own = configDir === undefined ? temporaryFolder() : null;
  const child = spawn(
    process.execPath,
    [launcher, 'serve', '--no-open', ...(own === null ? [] : ['--fresh']), ...models],
    {
      env: { ...process.env, HEADGATE_CONFIG_DIR: configDir ?? own?.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const link = await new Promise<string>((found, failed) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = /^Headgate: (\S+)$/m.exec(output);
      if (match?.[1] !== undefined) found(match[1]);
    });
    child.on('close', (status) => failed(new Error(`headgate serve ended with ${String(status)}: ${log}`)));
  });
  return {
    link,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => child.on('close', done));
      child.kill('SIGTERM');
      await closed;
      own?.[Symbol.dispose]();
    },
  };
}

/** A host whose link was used, so that many pages can open its address. */
export async function startHost(
  options: { model?: string; models?: readonly string[]; configDir?: string } = {},
): Promise<Host> {
  const host = await printedLink(
    [...(options.model === undefined ? [] : [options.model]), ...(options.models ?? [])],
    options.configDir,
  );
  const { address: entry } = await useLink(host.link);
  let opened = 0;
  return {
    get address() {
      // With a query of its own each time, so that a page that is there already loads it again.
      return `${entry.origin}/?${++opened}${entry.hash}`;
    },
    close: () => host[Symbol.asyncDispose](),
  };
}

/**
 * Tests that share one window, which is opened once for a file: each finds it as the one before left it. An error that
 * nobody catches in the page fails the test that it happened in.
 */
export function sharedWindow(options: Parameters<typeof startHost>[0] = {}) {
  let host: Host | null = null;
  let page: Page | null = null;
  const errors: Error[] = [];
  const test = base.extend({
    page: async ({ browserName: _ }, use) => {
      if (page === null) throw new Error('The window is opened before all tests.');
      await use(page);
    },
  });
  test.beforeAll(async ({ browser }) => {
    host = await startHost(options);
    const context = await browser.newContext();
    page = await context.newPage();
    page.on('pageerror', (error) => errors.push(error));
    await page.goto(host.address);
    await ready(page);
  });
  test.afterEach(() => expect(errors.splice(0)).toEqual([]));
  /** Ends the host, if it has not ended yet. */
  const closeHost = async () => {
    const ending = host;
    host = null;
    await ending?.close();
  };
  test.afterAll(async () => {
    await page?.context().close();
    await closeHost();
  });
  return {
    test,
    /** For a further page. */
    address: () => host?.address ?? '',
    closeHost,
  };
}

/** Types a text, and waits for its run; nothing is locked then. */
export async function type(page: Page, text: string): Promise<void> {
  await page.getByTestId('text-input').fill(text);
  await ready(page);
  await page.keyboard.press('Escape');
}

/** Opens a model of the library in the window that is there. */
export async function switchTo(page: Page, model: string): Promise<void> {
  await page.locator(`[data-testid="library-model"][title="${model}"]`).click();
  await expect(page.getByTestId('model-name')).toHaveText(model);
}

/** Opens the palette by a key and types into it; a dialog that is still there would have the key. */
async function find(page: Page, key: string, words: string): Promise<void> {
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press(key);
  await page.getByTestId('palette-input').fill(words);
}

/** Runs what the palette finds first. */
export async function command(page: Page, words: string): Promise<void> {
  await find(page, 'ControlOrMeta+k', words);
  await page.getByTestId('palette-entry').first().click();
}

/** Shows a view in the active pane. */
export async function show(page: Page, title: string): Promise<void> {
  await find(page, 'ControlOrMeta+Shift+V', `View: ${title}`);
  await page.keyboard.press('Enter');
}

/** Drops files on the window as the desktop would. */
export async function dropFiles(
  page: Page,
  files: readonly { readonly name: string; readonly base64: string }[],
): Promise<void> {
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list)
      data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
    return data;
  }, files);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Drops a folder's files. */
export async function dropFolder(page: Page, folder: string): Promise<void> {
  const files = readdirSync(folder).map((name) => ({
    name,
    base64: readFileSync(join(folder, name)).toString('base64'),
  }));
  await dropFiles(page, files);
}

/** Waits until the window has nothing more to do. */
export async function ready(page: Page): Promise<void> {
  const isReady = () => document.documentElement.dataset['state'] === 'ready';
  // An expectation would look once a second.
  await page.waitForFunction(isReady, null, { timeout: 120_000, polling: 50 });
}
