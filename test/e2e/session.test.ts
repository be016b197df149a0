/** Who gets into the running app: one-use links, windows without secrets on command lines, and nobody's cookies. */
import { createServer } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { fixtures, headgate, printedLink, ready, temporaryFolder } from './app.ts';

const small = join(fixtures, 'odd-sizes');

test('a link opens the app once; the page it opened reloads, and so does a new tab', async ({
  page,
  context,
}) => {
  await using host = await printedLink(['headgate-word-vectors']);
  const { origin } = new URL(host.link);
  await page.goto(host.link);
  await ready(page);
  expect(page.url()).toBe(`${origin}/`);
  expect(await context.cookies()).toEqual([]);
  // Presenting keeps what the text field can take back, and a page that presents comes back presenting.
  const field = page.getByTestId('text-input');
  const before = await field.inputValue();
  await field.focus();
  await page.keyboard.type('x');
  await page.keyboard.press('F5');
  await expect(page.getByTestId('presentation')).toBeVisible();
  await expect(field).not.toBeFocused();
  await page.keyboard.press('Escape');
  await expect(field).not.toHaveValue(before);
  await field.focus();
  await page.keyboard.press('ControlOrMeta+z');
  await expect(field).toHaveValue(before);
  await page.keyboard.press('Escape');
  await expect(field).not.toBeFocused();
  await page.keyboard.press('F5');
  await expect(page.getByTestId('presentation')).toBeVisible();
  await page.reload();
  await expect(page.getByTestId('presentation')).toBeVisible();
  await ready(page);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('rail')).toBeVisible();
  await page.reload();
  await ready(page);
  await expect(page.getByTestId('rail')).toBeVisible();

  const other = await context.newPage();
  expect((await other.goto(host.link))?.status()).toBe(403);
  await expect(other.getByText('This link was used already')).toBeVisible();
  await other.getByRole('link').click();
  await ready(other);
  await other.close();

  // Another server of this machine sets what cookies it can, and leads the browser to a key of its own.
  const evil = createServer((_, response) => {
    const { port } = new URL(host.link);
    response.setHeader('Set-Cookie', [`headgate-${port}=x; Path=/`, 'session=x; Path=/api']);
    response.setHeader('Content-Type', 'text/html');
    response.end(`<script>location.href = '${origin}/#session=x'</script>`);
  });
  await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening));
  await page.goto(`http://127.0.0.1:${String((evil.address() as { port: number }).port)}/`);
  await page.waitForURL(`${origin}/`);
  await ready(page);
  evil.close();
});

test('no command line names a secret while a browser computes', async () => {
  test.skip(process.platform !== 'linux', 'reads /proc');
  using folder = temporaryFolder();
  const seen = new Set<string>();
  const look = setInterval(() => {
    for (const line of commandLines()) if (line.includes('127.0.0.1')) seen.add(line);
  }, 50);
  const out = join(folder.path, 'run.safetensors');
  const { status, stderr } = await headgate('capture', small, '--text', 'a', '--out', out);
  clearInterval(look);
  expect([status, stderr]).toEqual([0, '']);
  expect([...seen].filter((line) => line.includes('/start')).length).toBeGreaterThan(0);
  expect([...seen].filter((line) => /token=|session=/.test(line))).toEqual([]);
});

/** What `ps` shows of all processes. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(join('/proc', name, 'cmdline'), 'utf8');
      } catch {
        return '';
      }
    });
}
