import { expect, test } from 'vitest';
import { assertTaken, optionName, stateOf, type ViewSetting } from '../../../src/renderer/views/settings.ts';

const settings: readonly ViewSetting[] = [
  { name: 'layer', title: 'Layer', kind: 'number', least: 0, most: 5, whole: true, default: 0 },
  { name: 'sameLength', title: 'At the same length', kind: 'switch', default: true },
  {
    name: 'join',
    title: 'What lines join',
    kind: 'choice',
    choices: ['layers', 'tokens'],
    default: 'layers',
  },
];

test('settings by name become a state', () => {
  expect(settings.map(optionName)).toEqual(['layer', 'same-length', 'join']);
  expect(stateOf('trajectory', settings, { layer: '3', 'same-length': 'off', join: 'tokens' })).toEqual({
    layer: 3,
    sameLength: false,
    join: 'tokens',
  });
  expect(stateOf('trajectory', settings, {})).toEqual({});
});

test.each([
  [{ layer: '6' }, '--layer is "6"; for this model and text it takes a whole number from 0 to 5.'],
  [{ layer: '1.5' }, 'a whole number from 0 to 5'],
  [{ layer: '' }, 'a whole number from 0 to 5'],
  [{ join: 'true' }, '--join needs a value; for this model and text it takes layers, tokens.'],
  [{ 'same-length': '7' }, 'it takes on or off'],
  [{ join: 'both' }, 'it takes layers, tokens'],
  [{ head: '1' }, 'The view trajectory has no setting --head.'],
])('%j is refused', (given, words) => {
  expect(() => stateOf('trajectory', settings, given)).toThrow(words);
});

test('a value that the view did not take is told', () => {
  expect(() => assertTaken('attention-head', { layer: 2 }, { layer: 2, head: 0 })).not.toThrow();
  expect(() => assertTaken('attention-head', { layer: 2 }, { layer: 1 })).toThrow(
    "can't take --layer 2 together with what else is chosen; it would show 1.",
  );
});
