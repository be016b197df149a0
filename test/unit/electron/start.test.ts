import { expect, test } from 'vitest';
import { hiddenAddress, isLoopback, parseStart, startArguments } from '../../../src/main/electron/start.ts';

test.each([
  { model: null, hidden: null },
  { model: 'headgate-gpt', hidden: null },
  { model: '/models/with spaces=and signs', hidden: null },
  { model: null, hidden: 'http://127.0.0.1:4000/start' },
])('%o survives the command line', (start) => {
  expect(parseStart(['electron', '.', ...startArguments(start)], false)).toEqual(start);
});

test('Chromium’s switches and the app’s folder are no model', () => {
  expect(parseStart(['electron', '--no-sandbox', '/opt/app', '--inspect'], false)).toEqual({
    model: null,
    hidden: null,
  });
});

test('a packaged app takes a path alone', () => {
  expect(parseStart(['/opt/headgate', '--no-sandbox', '/models/gpt2'], true).model).toBe('/models/gpt2');
  expect(parseStart(['/opt/headgate'], true).model).toBeNull();
});

test.each([
  'https://example.com/',
  'http://example.com/',
  'http://127.0.0.1.example.com/',
  'file:///etc/passwd',
  'x',
])('a hidden page is never %s', (address) => {
  expect(parseStart(['electron', '.', `--headgate-hidden=${address}`], false).hidden).toBeNull();
  expect(isLoopback(address)).toBe(false);
});

test('a hidden window opens an address of its own host only', () => {
  const waiting = 'http://127.0.0.1:4000/start';
  expect(hiddenAddress('http://127.0.0.1:4000/?token=t', waiting)).toBe('http://127.0.0.1:4000/?token=t');
  for (const other of ['http://127.0.0.1:4001/', 'https://example.com/', 'x', 3, null])
    expect(() => hiddenAddress(other, waiting)).toThrow('its own host');
});
