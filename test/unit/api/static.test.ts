import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { staticFile } from '../../../src/main/api/static.ts';
import { temporaryFolder } from '../files/temporary.ts';

const site = () => {
  const root = temporaryFolder({
    'secret.txt': 'secret',
    'renderer/index.html': '<!doctype html>',
    'renderer/assets/app-abc.js': 'let a;',
    'renderer/assets/style.css': '',
    'renderer/assets/font.woff2': '',
    'renderer/assets/data.bin': '',
  });
  return join(root, 'renderer');
};

describe('files of the renderer', () => {
  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/assets/app-abc.js', 'text/javascript; charset=utf-8'],
    ['/assets/app%2Dabc.js', 'text/javascript; charset=utf-8'],
    ['/assets/style.css', 'text/css; charset=utf-8'],
    ['/assets/font.woff2', 'font/woff2'],
    ['/assets/data.bin', 'application/octet-stream'],
  ])('%s is %s', async (path, type) => {
    const response = await staticFile(site(), path);
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, type]);
  });

  test.each(['/nothing', '/assets', '/index.html/x'])('%s is not found', async (path) => {
    await expect(staticFile(site(), path)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('without a build nothing is found', async () => {
    await expect(staticFile('/nowhere', '/')).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/a%00',
    '//etc/passwd',
    '/%2fetc/passwd',
    '/C:/x',
    '/%',
    '/%252e%252e/secret.txt',
    '/assets/',
    '/assets//app-abc.js',
  ])('%s is not allowed', async (path) => {
    await expect(staticFile(site(), path)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  test('links that lead outside are not followed', async () => {
    const root = site();
    symlinkSync('../secret.txt', join(root, 'link.txt'));
    await expect(staticFile(root, '/link.txt')).rejects.toMatchObject({ code: 'not-found' });
  });
});
