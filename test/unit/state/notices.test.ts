import { expect, test } from 'vitest';
import { Notices } from '../../../src/renderer/state/window/notices.svelte.ts';

const gone = { code: 'host-unreachable', message: 'The host does not answer.', hint: 'Start again.' };
const broken = { code: 'bad-file', message: 'The file is broken.', hint: 'Another one.' };

test('what is the same whatever was being done is told once', () => {
  const notices = new Notices();
  notices.show('settings', gone);
  notices.show('open', broken, null, 'A');
  notices.show('open', gone, null, 'B');
  notices.show('command', gone);
  expect(notices.list.map(({ origin, error }) => [origin, error.code])).toEqual([
    ['open', 'bad-file'],
    ['command', 'host-unreachable'],
  ]);
  notices.dismiss('command');
  expect(notices.list).toHaveLength(1);
});

test('what is told again keeps what can be tried again', () => {
  const notices = new Notices();
  const action = { label: 'Try again', run: () => undefined };
  notices.show('open', gone, action, 'A');
  notices.show('settings', gone);
  expect(notices.list).toEqual([{ origin: 'open', slot: 'A', error: gone, action }]);
  notices.dismiss('open', 'A');
  expect(notices.list).toEqual([]);
});
