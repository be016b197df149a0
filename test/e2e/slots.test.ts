/** Several models beside each other, and the window as data: kept, undone, saved, presented. */
import { cpSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import type { Document } from '../../src/renderer/state/document/document.ts';
import { command, dropFiles, fixtures, ready, show, startHost, temporaryFolder } from './app.ts';

const small = join(fixtures, 'odd-sizes');

/** Lets a model be another one in one layer: a tensor of layer 1 is all zeros. */
function changeLayer(folder: string): void {
  const path = join(folder, 'model.safetensors');
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const name = Object.keys(header).find((one) => one.endsWith('h.1.mlp.c_fc.weight')) ?? '';
  const [begin, end] = header[name]?.data_offsets ?? [0, 0];
  expect(end).toBeGreaterThan(begin);
  bytes.fill(0, 8 + headerLength + begin, 8 + headerLength + end);
  writeFileSync(path, bytes);
}

const slots = (page: Page) => page.getByTestId('slot');
const kept = (folder: string) => {
  const path = join(folder, 'window.headgate');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** The session as its file has it, once everything in it is known. */
async function exported(page: Page): Promise<Document> {
  const save = async () => {
    const coming = page.waitForEvent('download');
    await command(page, 'Save the session as a file');
    return JSON.parse(readFileSync(await (await coming).path(), 'utf8')) as Document;
  };
  let document = await save();
  await expect
    .poll(async () => {
      document = await save();
      return document.slots.every(({ model }) => model === null || model.checksum !== undefined);
    })
    .toBe(true);
  return document;
}

const stateOf = ({ panes }: Document, view: string) =>
  panes.find((pane) => pane.view === view)?.state as Record<string, unknown> | null | undefined;

const undoName = (page: Page) => page.getByTestId('changes-undo');

test('two models that differ in one layer, side by side; all of it is found again, though one has moved', async ({
  page,
  context,
}) => {
  test.setTimeout(300_000);
  using models = temporaryFolder();
  using config = temporaryFolder();
  const [first, second] = [join(models.path, 'first'), join(models.path, 'second')];
  for (const folder of [first, second]) cpSync(small, folder, { recursive: true });
  changeLayer(second);
  const host = await startHost({ models: [first, second], configDir: config.path });

  await page.goto(host.address);
  await ready(page);
  await expect(slots(page)).toHaveCount(2);
  await expect(page.getByTestId('model-name')).toHaveText('second');
  await page.getByTestId('text-input').fill('the and of');
  await ready(page);

  // One text, two models: what comes next differs.
  const likely = async () => (await page.getByTestId('predictions').textContent()) ?? '';
  const ofSecond = await likely();
  await slots(page).first().click();
  await expect(page.getByTestId('model-name')).toHaveText('first');
  await expect(page.getByTestId('text-input')).toHaveValue('the and of');
  await expect.poll(likely).not.toBe(ofSecond);
  await expect(page.getByTestId('gpu-memory')).toBeVisible();

  // What is pointed at in one slot is locked in the other.
  await page.getByTestId('token').nth(1).click();
  await slots(page).last().click();
  await expect(page.getByTestId('token').nth(1)).toHaveAttribute('aria-selected', 'true');

  // A text of its own, two more slots, more panes, a change, a step.
  await page.getByTestId('slot-link').last().click();
  await page.getByTestId('text-input').fill('of the');
  await ready(page);
  await command(page, 'Open first beside');
  await ready(page);
  await command(page, 'Duplicate the slot');
  await ready(page);
  await expect(slots(page)).toHaveCount(4);
  const panes = 6;
  await expect(page.getByTestId('pane')).toHaveCount(panes);
  await page.keyboard.press('Alt+1');
  await command(page, 'Silence the head');
  await ready(page);
  await expect(undoName(page)).toHaveAttribute('aria-label', /Undo: silence L\d H\d/);

  // Every view's own state, each with a step of its own.
  await page.getByTestId('grid-mode').first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(undoName(page)).toHaveAttribute('aria-label', 'Undo: All heads settings');
  const pane = (view: string) => page.locator(`[data-pane][data-view="${view}"]`).first();
  await pane('trajectory').getByRole('application').focus();
  for (const key of ['n', '+', '+']) await page.keyboard.press(key);
  await expect(undoName(page)).toHaveAttribute('aria-label', 'Undo: Trajectory settings');
  await pane('attention-head').getByRole('application').first().focus();
  for (const key of ['h', ']', 'v']) await page.keyboard.press(key);
  await expect(undoName(page)).toHaveAttribute('aria-label', 'Undo: One head settings');
  await page.keyboard.press('l');
  await expect(undoName(page)).toHaveAttribute('aria-label', 'Undo: attention settings');
  // A pane whose view another one shows as well.
  const panesNow = await page.getByTestId('pane').all();
  await panesNow.at(-1)?.focus();
  await show(page, 'Outputs');
  // The slot of that pane has no changes to tell; the first one has, and the steps of all beside them.
  await slots(page).first().click();
  await expect(undoName(page)).toHaveAttribute('aria-label', 'Undo: show Outputs');
  // A second click on what is locked would let go of it.
  for (const token of [2, 1]) await page.getByTestId('token').nth(token).click();
  await ready(page);
  await command(page, 'Keep this screen');
  await pane('trajectory').getByRole('application').focus();
  await page.keyboard.press('-');
  await page.keyboard.press('ControlOrMeta+Shift+K');
  const before = await exported(page);
  expect(before.slots.map(({ letter, text, linked }) => [letter, text, linked])).toEqual([
    ['A', 'the and of', true],
    ['B', 'of the', false],
    ['C', 'the and of', true],
    ['D', 'the and of', true],
  ]);
  expect(stateOf(before, 'attention-grid')).toMatchObject({ mode: 'table' });
  expect(stateOf(before, 'trajectory')).toMatchObject({
    sameLength: false,
    camera: [expect.any(Number), expect.any(Number), expect.any(Number)],
  });
  expect(stateOf(before, 'attention-head')).toMatchObject({ held: true, mode: 'lines' });
  expect(before).toMatchObject({
    display: { log: true },
    selection: { locked: { token: { index: 1 } } },
    steps: [{ caption: '' }, { caption: '' }],
  });
  expect(before.panes.map(({ view }) => view)).toContain('outputs');
  await expect.poll(() => kept(config.path), { timeout: 20_000 }).toContain('"factor": 0');
  await expect.poll(() => kept(config.path)).toContain('"caption"');

  // The page is killed, and one of the models moves.
  await page.close({ runBeforeUnload: false });
  await host.close();
  const moved = join(models.path, 'moved');
  renameSync(second, moved);
  const again = await startHost({ configDir: config.path });
  const found = await context.newPage();
  await found.goto(again.address);
  await expect(slots(found)).toHaveCount(4, { timeout: 60_000 });
  await expect(found.getByTestId('pane')).toHaveCount(panes);
  await expect(found.getByTestId('notice').filter({ hasText: 'second of slot B' })).toHaveAttribute(
    'data-code',
    'model-moved',
  );
  await expect(found.getByTestId('model-name')).toHaveText('first');
  await expect(found.getByTestId('text-input')).toHaveValue('the and of');
  await expect(found.getByTestId('changes-undo')).toBeVisible({ timeout: 60_000 });
  await slots(found).nth(1).click();
  await expect(found.getByTestId('text-input')).toHaveValue('of the');
  await slots(found).first().click();
  // One slot lacks its model; nothing else is waited for.
  await expect(found.locator('html')).toHaveAttribute('data-state', 'error');
  // Pressing a slot's button makes its first pane active.
  expect({ ...(await exported(found)), pane: before.pane }).toEqual(before);

  // The model that moved is pointed at: its slot has what it had.
  await found.evaluate(() => Reflect.deleteProperty(globalThis, 'showDirectoryPicker'));
  const chooser = found.waitForEvent('filechooser');
  await found.getByTestId('notice-action').click();
  await (await chooser).setFiles(moved);
  await expect(found.getByTestId('notice')).toHaveCount(0);
  await ready(found);
  const placed = (await exported(found)).slots[1];
  expect({ ...placed, model: before.slots[1]?.model }).toEqual(before.slots[1]);
  expect(placed?.model?.checksum).toBe(before.slots[1]?.model?.checksum);

  // Presenting: no frame, the caption large, and out again.
  await slots(found).first().click();
  await found.keyboard.press('F5');
  const caption = found.getByTestId('caption');
  await expect(caption).toBeVisible();
  expect(
    await caption.evaluate((element) => parseFloat(getComputedStyle(element).fontSize)),
  ).toBeGreaterThanOrEqual(36);
  await expect(found.getByTestId('rail')).toHaveCount(0);
  // Space, arrows and the keys of a presenter turn the pages; the window's own keys rest.
  const step = found.getByTestId('presentation');
  for (const [key, at] of [
    ['Space', '1'],
    ['PageUp', '0'],
    ['PageDown', '1'],
    ['PageDown', '1'],
    ['ArrowLeft', '0'],
    ['ArrowRight', '1'],
    ['ArrowLeft', '0'],
  ] as const) {
    await found.keyboard.press(key);
    await expect(step).toHaveAttribute('data-step', at);
    await ready(found);
  }
  await found.keyboard.press('Escape');
  await expect(found.getByTestId('rail')).toBeVisible();
  await again.close();
});

test('session files: dropped, chosen, saved by name; newer, damaged, of a changed model, and after a crash', async ({
  page,
  context,
}) => {
  test.setTimeout(300_000);
  using models = temporaryFolder();
  using config = temporaryFolder();
  const model = join(models.path, 'model');
  cpSync(small, model, { recursive: true });
  const host = await startHost({ models: [model], configDir: config.path });
  await page.goto(host.address);
  await ready(page);
  const own = await exported(page);
  const [slot] = own.slots;

  // A session of a later version, with a state of another text, a silenced head, and tokens that were written.
  const state = { kind: 'state', layer: 1, position: 1, from: { text: 'of of of', position: 1 } };
  const changes = [{ kind: 'head', layer: 0, head: 1, factor: 0 }, state];
  const later = {
    ...{ ...own, version: 7, weather: { sky: 'blue' } },
    slots: [{ ...slot, text: 'the and of', changes, written: [5, 6] }],
  };
  const file = (name: string, text: string) => [{ name, base64: Buffer.from(text).toString('base64') }];
  await dropFiles(page, file('talk.headgate', JSON.stringify(later)));
  await expect(page.getByTestId('token')).toHaveCount(5);
  await expect(page.getByTestId('change')).toHaveText(['L0 H1 silenced', /patched at \d/]);
  await expect(page.getByTestId('quiet')).toContainText('comes from a later Headgate (version 7)');
  await ready(page);
  const kept = await exported(page);
  expect(kept).toMatchObject({ weather: { sky: 'blue' }, slots: later.slots });

  // One that is damaged says where, and changes nothing.
  await dropFiles(page, file('torn.headgate', JSON.stringify({ ...own, slots: [{ ...slot, text: 5 }] })));
  await expect(page.getByTestId('notice')).toHaveAttribute('data-code', 'bad-session');
  await expect(page.getByTestId('notice-message')).toContainText('torn.headgate');
  await expect(page.getByTestId('notice-message')).toContainText('slots.0.text');
  await expect(page.getByTestId('token')).toHaveCount(5);
  await page.getByTestId('notice-dismiss').click();

  // Saved by name, and opened again from the list; a file from the dialog.
  await page.keyboard.press('ControlOrMeta+Shift+S');
  await page.getByTestId('session-name').fill('my-talk');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('quiet')).toHaveText('The session is saved as my-talk.');
  const path = join(models.path, 'own.headgate');
  writeFileSync(path, JSON.stringify(own));
  const chooser = page.waitForEvent('filechooser');
  await command(page, 'Open a session’s file');
  await (await chooser).setFiles(path);
  await expect(page.getByTestId('change')).toHaveCount(0);
  await ready(page);
  await page.keyboard.press('Alt+o');
  await page.getByTestId('palette-entry').filter({ hasText: 'my-talk' }).click();
  await expect(page.getByTestId('change')).toHaveCount(2);
  await ready(page);
  expect(await exported(page)).toEqual(kept);
  // The window is kept within seconds.
  const ofWindow = () =>
    JSON.parse(readFileSync(join(config.path, 'window.headgate'), 'utf8')) as Pick<Document, 'slots'>;
  await expect.poll(() => ofWindow().slots[0]?.changes.length).toBe(2);

  // The next start after one that ended while it brought the window back offers it. The model was trained on meanwhile.
  await page.close();
  await host.close();
  writeFileSync(join(config.path, 'window.restoring'), '');
  changeLayer(model);
  const second = await startHost({ configDir: config.path });
  const offered = await context.newPage();
  await offered.goto(second.address);
  const notice = (code: string) => offered.locator(`[data-testid="notice"][data-code="${code}"]`);
  await expect(notice('crashed-restoring')).toBeVisible();
  await notice('crashed-restoring').getByTestId('notice-action').click();
  await expect(offered.getByTestId('change')).toHaveCount(2);
  await expect(notice('model-changed')).toContainText('model of slot A has changed');
  await expect.poll(() => existsSync(join(config.path, 'window.restoring'))).toBe(false);
  await offered.close();
  await second.close();

  // A kept window that is damaged is put aside, and said.
  writeFileSync(join(config.path, 'window.headgate'), '{"version": 1');
  const third = await startHost({ configDir: config.path });
  const afresh = await context.newPage();
  await afresh.goto(third.address);
  await expect(afresh.locator('[data-code="bad-session"]')).toBeVisible();
  expect(readFileSync(join(config.path, 'window.headgate.broken'), 'utf8')).toBe('{"version": 1');
  await third.close();
});

test('a slot that is duplicated has the weights of the first, and goes its own way', async ({ page }) => {
  const host = await startHost({ model: small });
  await page.goto(host.address);
  await ready(page);
  await command(page, 'Duplicate the slot');
  await expect(slots(page)).toHaveCount(2);
  await expect(page.getByText('has the weights of slot A')).toBeVisible();
  // F6 comes to the bar from the library, the region before it.
  await page.getByTestId('library-model').first().focus();
  await page.keyboard.press('F6');
  await expect(page.getByTestId('slot-bar')).toBeFocused();
  await command(page, 'Link the slot’s text with the others, or unlink it');
  await page.getByTestId('text-input').fill('and of');
  await ready(page);
  await slots(page).first().click();
  await expect(page.getByTestId('text-input')).not.toHaveValue('and of');
  // The other one keeps its weights when the first is closed.
  await command(page, 'Close the slot');
  // One alone has no bar.
  await expect(slots(page)).toHaveCount(0);
  await expect(page.getByTestId('text-input')).toHaveValue('and of');
  await page.getByTestId('text-input').fill('the and of');
  await ready(page);
  await expect(page.getByTestId('predictions')).toBeVisible();
  await host.close();
});
