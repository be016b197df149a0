import { expect, test } from 'vitest';
import { opened } from './opened.ts';

test('a kept window that is damaged is set aside and told, beside what is said of the settings', async () => {
  let aside = 0;
  const { bench, notices } = await opened({
    keptWindow: () => Promise.resolve({ named: null, last: '{"version": 1', crashed: false }),
    setRestoring: () => Promise.resolve(),
    setWindowAside: () => {
      aside++;
      return Promise.resolve();
    },
  });
  notices.show('settings', { code: 'bad-settings', message: 'The theme is not known.', hint: '' });
  expect(await bench.documents.begin(true)).toBe(false);
  expect(aside).toBe(1);
  expect(notices.list.map(({ origin }) => origin)).toEqual(['settings', 'window']);
  expect(notices.list[1]?.error).toMatchObject({
    message: expect.stringMatching(
      /^The kept window is no session that can be opened: it is not valid JSON: /,
    ),
    hint: 'It is set aside as “window.headgate.broken” in the folder of settings.',
  });
});
