import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { follow, targetOf } from '../../../src/common/formats/hdf5/soft-links.ts';

const fail = (rule: string, what: string) => new HeadgateError(`hdf5-${rule}`, what, 'None.');

/** The paths in a file after its links were followed. @param links “path → to” */
function paths(objects: string, links: readonly string[]): readonly string[] {
  const all = new Map(
    objects.split(' ').map((path) => [path, { path, attributes: new Map(), dataset: null }] as const),
  );
  const parsed = links.map((link) => {
    const [path = '', to = ''] = link.split(' → ');
    return { path, to };
  });
  follow(parsed, all, fail);
  for (const [path, object] of all) expect(object.path).toBe(path);
  return [...all.keys()].sort();
}

test.each([
  ['a', '/b/c', 'b/c'],
  ['a/d', 'c', 'a/d/c'],
  ['', './c//x/', 'c/x'],
  ['a', '/', ''],
])('in %j the link %j leads to %j', (group, link, to) => {
  expect(targetOf(group, link)).toBe(to);
});

test.each<[string, string, string[], string]>([
  ['an array', 'a a/x b', ['b/y → a/x'], 'a a/x b b/y'],
  ['a group with what it holds', 'a a/x a/x/z ab', ['c → a'], 'a a/x a/x/z ab c c/x c/x/z'],
  ['a link to a link, in any order', 'a', ['c → b', 'b → a'], 'a b c'],
  ['a way through a link', 'a a/x', ['c → b/x', 'b → a'], 'a a/x b b/x c'],
  ['a group with a link inside', 'a a/x', ['c → a', 'a/l → a/x'], 'a a/l a/x c c/l c/x'],
])('%s is found under the link’s path', (_, objects, links, found) => {
  expect(paths(objects, links)).toEqual(found.split(' ').sort());
});

test.each<[string, string[], RegExp]>([
  ['nothing', ['c → b'], /^“\/c” is a soft link to “\/b”, which is not in the file or leads back to it/],
  ['itself', ['c → c'], /“\/c” is a soft link/],
  ['a circle', ['c → b', 'b → c'], /“\/c” is a soft link/],
  ['the group that holds it', ['a/c → a'], /“\/a\/c” is a soft link to “\/a”/],
  [
    'a chain without an end',
    Array.from({ length: 40 }, (_, i) => `l${i} → ${i === 39 ? 'a' : `l${i + 1}`}`),
    /soft link/,
  ],
  ['too many', Array.from({ length: 1001 }, (_, i) => `l${i} → a`), /more than 1000 soft links/],
  [
    'paths that are too long',
    Array.from({ length: 200 }, (_, i) => `${'x'.repeat(50_000)}${i} → a`),
    /more than 8388608/,
  ],
])('a link to %s is refused', (_, links, message) => {
  expect(() => paths('a a/x', links)).toThrow(message);
});
