import { expect, test } from 'vitest';
import { oldNode, WANTED_NODE } from '../../../src/main/node-version.ts';

test.each([
  ['20.19.0', true],
  ['20.20.2', true],
  ['22.2.0', true],
  ['22.11.9', true],
  ['22.12.0', false],
  ['22.22.1', false],
  ['24.0.0', false],
])('Node %s is older than the one that is asked for: %s', (node, isOld) => {
  expect(WANTED_NODE).toBe('22.12');
  expect(oldNode({ node })).toEqual(isOld ? { oldNode: { running: node, wanted: '22.12' } } : {});
  expect(oldNode({ node, electron: '45.0.0' })).toEqual({});
});
