import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Settings as Stored, SettingsChange } from '../../../src/common/contract.ts';
import { HeadgateError } from '../../../src/common/error.ts';
import { withChange } from '../../../src/common/settings-change.ts';
import { Notices } from '../../../src/renderer/state/window/notices.svelte.ts';
import { Settings } from '../../../src/renderer/state/window/settings.svelte.ts';
import { must } from '../../helpers/must.ts';

const stored: Stored = {
  theme: 'light',
  activationBudgetMiB: 512,
  memoryBudgetMiB: 8192,
  window: { rail: false, texts: { a: 'hello', broken: 7 }, later: 'kept' },
  tuning: { adapter: 1 },
};

/** A host that keeps what it is given. */
function host(first: Stored = stored) {
  const saved: { change: SettingsChange; last: boolean }[] = [];
  return {
    saved,
    settings: vi.fn(() => Promise.resolve(first)),
    changeSettings: vi.fn((change: SettingsChange, last = false) => {
      saved.push({ change, last });
      return Promise.resolve(first);
    }),
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('settings', () => {
  test('are read, with defaults for what is missing or damaged', async () => {
    const settings = new Settings(host(), new Notices());
    await settings.load();
    expect(settings.theme).toBe('light');
    expect(settings.rail).toBe(false);
    expect(settings.inspector).toBe(true);
    expect(settings.textOf('a')).toBe('hello');
    expect(settings.textOf('broken')).toBeNull();
    expect(settings.layout).toBeNull();
    expect(settings.activationBudget).toBe(512 * 2 ** 20);
  });

  test('changes that follow each other are sent once, and nothing else', async () => {
    const api = host();
    const settings = new Settings(api, new Notices());
    await settings.load();
    settings.setTheme('dark');
    settings.setText('b', 'one');
    settings.setText('b', 'two');
    expect(api.saved).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.saved).toHaveLength(1);
    expect(must(api.saved[0]).change.before).toMatchObject({ theme: 'light' });
    expect(must(api.saved[0]).change.after).toMatchObject({
      theme: 'dark',
      window: { texts: { b: 'two' } },
    });
    expect(must(api.saved[0]).change.after).not.toHaveProperty('tuning');
    expect(must(api.saved[0]).change.after.window).not.toHaveProperty('rail');
    settings.setText('b', 'three');
    await vi.advanceTimersByTimeAsync(1000);
    expect(must(api.saved[1]).change).toEqual({
      before: { window: { texts: { b: 'two' } } },
      after: { window: { texts: { b: 'three' } } },
    });
  });

  test('a page that goes away writes at once, once', async () => {
    const api = host();
    const settings = new Settings(api, new Notices());
    await settings.load();
    settings.flush();
    expect(api.saved).toHaveLength(0);
    settings.setRail(true);
    settings.flush();
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.saved).toMatchObject([{ last: true, change: { after: { window: { rail: true } } } }]);
  });

  test('what could not be read is told and never overwritten', async () => {
    const notices = new Notices();
    const api = host();
    api.settings.mockRejectedValue(new HeadgateError('bad-settings', 'Broken.', 'Delete it.'));
    const settings = new Settings(api, notices);
    await settings.load();
    settings.setTheme('dark');
    await vi.advanceTimersByTimeAsync(1000);
    expect(notices.list).toMatchObject([{ origin: 'settings', error: { code: 'bad-settings' } }]);
    expect(api.saved).toHaveLength(0);
    expect(settings.theme).toBe('dark');
  });

  test('texts of only so many models are kept, the latest ones', async () => {
    const settings = new Settings(host(), new Notices());
    await settings.load();
    for (let i = 0; i < 100; i += 1) settings.setText(`m${i}`, 'x');
    expect(settings.textOf('m99')).toBe('x');
    expect(settings.textOf('m36')).toBe('x');
    expect(settings.textOf('m35')).toBeNull();
    expect(settings.textOf('a')).toBeNull();
  });

  test('whether a model’s text is a chat message is kept', async () => {
    const api = host({ ...stored, window: { chats: ['a', 7] } });
    const settings = new Settings(api, new Notices());
    await settings.load();
    expect([settings.chatOf('a'), settings.chatOf('b')]).toEqual([true, false]);
    settings.setChat('b', true);
    settings.setChat('a', false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(must(api.saved[0]).change.after).toMatchObject({ window: { chats: ['b'] } });
  });

  test('two windows of one host do not take back what the other one chose', async () => {
    let kept = stored;
    const api = {
      settings: () => Promise.resolve(kept),
      changeSettings: (change: SettingsChange) => {
        kept = withChange(change, kept) as Stored;
        return Promise.resolve(kept);
      },
    };
    const [one, other] = [new Settings(api, new Notices()), new Settings(api, new Notices())];
    await one.load();
    await other.load();
    one.setTheme('dark');
    one.setText('b', 'one');
    await vi.advanceTimersByTimeAsync(1000);
    other.setRail(true);
    other.setText('c', 'other');
    await vi.advanceTimersByTimeAsync(1000);
    one.setText('b', 'newest');
    await vi.advanceTimersByTimeAsync(1000);
    expect(kept).toMatchObject({
      theme: 'dark',
      window: { rail: true, texts: { a: 'hello', b: 'newest', c: 'other' } },
    });
  });

  test('a save that fails is told', async () => {
    const notices = new Notices();
    const api = host();
    api.changeSettings.mockRejectedValue(new HeadgateError('disk-full', 'Full.', 'Free some.'));
    const settings = new Settings(api, notices);
    await settings.load();
    settings.setTheme('dark');
    await vi.advanceTimersByTimeAsync(1000);
    expect(notices.list).toMatchObject([{ error: { code: 'disk-full' } }]);
  });
});
