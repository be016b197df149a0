import { expect, test } from 'vitest';
import { opensOutside } from '../../../src/main/electron/navigation.ts';
import { rulesOf } from '../../../src/main/electron/rules.ts';

const app = rulesOf({ hidden: null, devServer: null });
const dev = rulesOf({ hidden: null, devServer: 'http://127.0.0.1:5173' });
const hidden = rulesOf({ hidden: 'http://127.0.0.1:4000/start', devServer: null });

test.each([
  ['app://headgate/', true, true, false],
  ['app://headgate/assets/a.js?v=1', true, true, false],
  ['app://other/a.js', false, false, false],
  ['blob:app://headgate/0a1b', true, true, false],
  ['blob:https://example.com/0a1b', false, false, false],
  ['data:image/png;base64,AA', true, true, false],
  ['devtools://devtools/bundled/inspector.html', true, true, false],
  ['http://127.0.0.1:5173/@vite/client', false, true, false],
  ['ws://127.0.0.1:5173/?token=x', false, true, false],
  ['http://127.0.0.1:4000/api/job', false, false, true],
  ['blob:http://127.0.0.1:4000/0a1b', false, false, true],
  ['http://127.0.0.1:4001/', false, false, false],
  ['http://localhost:4000/', false, false, false],
  ['https://example.com/', false, false, false],
  ['file:///etc/passwd', false, false, false],
  ['chrome://gpu', false, false, false],
  ['', false, false, false],
])('%s is requested by the app %s, in development %s, in a capture %s', (url, inApp, inDev, inCapture) => {
  expect([app.requests(url), dev.requests(url), hidden.requests(url)]).toEqual([inApp, inDev, inCapture]);
});

test('in a capture nothing else is allowed', () => {
  const own = 'http://127.0.0.1:4000/';
  expect([
    hidden.navigates(own),
    hidden.downloads(`blob:${own}1`),
    hidden.opensOutside('https://github.com/'),
  ]).toEqual([false, false, false]);
  expect(hidden.grants('fullscreen', own)).toBe(false);
});

test.each([
  ['blob:app://headgate/1', true],
  ['data:text/csv,a', true],
  ['app://headgate/index.html', false],
  ['blob:https://example.com/1', false],
  ['https://github.com/a.zip', false],
])('saving %s: %s', (url, expected) => {
  expect(app.downloads(url)).toBe(expected);
});

test.each([
  ['https://github.com/openai/gpt-2', true],
  ['https://huggingface.co/gpt2?a=1#b', true],
  ['https://arxiv.org/abs/1706.03762', true],
  ['https://www.github.com/', false],
  ['https://github.com@example.com/', false],
  ['HTTPS://GITHUB.COM/', true],
])('opening %s outside: %s', (url, expected) => {
  expect(opensOutside(url)).toBe(expected);
});
