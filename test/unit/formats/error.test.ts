import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toApiError as hostError } from '../../../src/main/api/errors.ts';
import { HeadgateError, quote, toApiError } from '../../../src/common/error.ts';
import { LONGEST_SENTENCE, UNPRINTABLE } from '../../../src/common/sentence.ts';

/** What no sentence for users may be. */
function expectSentence(text: string): void {
  expect(text.length).toBeLessThanOrEqual(LONGEST_SENTENCE);
  expect(text.search(UNPRINTABLE)).toBe(-1);
  expect(text.trim()).toBe(text);
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 2000 }),
  fc.string({ unit: 'grapheme', maxLength: 800 }),
  fc.constantFrom('x'.repeat(1_000_000), '\u{1f600}'.repeat(400), '\ud83d'.repeat(600), '\n'.repeat(3000)),
);
const anything = fc.oneof(
  fc.anything(),
  anyText,
  anyText.map((text) => new Error(text)),
  fc.record({ code: anyText, message: anyText, hint: anyText }),
  fc.record({ code: fc.anything(), message: fc.anything(), hint: fc.anything() }),
  anyText.map((path) => Object.assign(new Error('x'), { code: 'EACCES', syscall: 'open', path })),
);

describe('every error is sentences', () => {
  test('of a HeadgateError, whatever it was made of', () => {
    fc.assert(
      fc.property(anyText, anyText, (message, hint) => {
        const error = new HeadgateError('x', `${quote(message)} ${message}`, hint);
        expectSentence(error.message);
        expectSentence(error.hint);
      }),
    );
  });

  test('of anything that is thrown', () => {
    fc.assert(
      fc.property(anything, (thrown) => {
        for (const error of [toApiError(thrown), hostError(thrown)]) {
          expectSentence(error.message);
          expectSentence(error.hint);
          expect(typeof error.code).toBe('string');
        }
      }),
    );
  });

  test.each([
    [undefined],
    [null],
    [{}],
    [[]],
    [''],
    [new Error()],
    [{ code: 1, message: {}, hint: undefined }],
  ])('of %o, which says nothing of itself', (thrown) => {
    const { code, message } = toApiError(thrown);
    expect(code).toBe('internal');
    expect(message).not.toMatch(/undefined|null|\[object|: *$/);
  });

  test('a longer one keeps its beginning and its end', () => {
    const { message } = new HeadgateError('x', `begin ${'x'.repeat(1000)} end`, '');
    expect(message).toMatch(/^begin x+ … x+ end$/);
    expect(message).toHaveLength(LONGEST_SENTENCE);
  });

  test('a stack that overflowed is told as nesting, not as a defect', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    let thrown: unknown = null;
    try {
      JSON.stringify(deep);
    } catch (error) {
      thrown = error;
    }
    expect(toApiError(thrown)).toMatchObject({ code: 'too-deep' });
    expect(toApiError(new RangeError('Array buffer allocation failed'))).toMatchObject({
      code: 'out-of-memory',
    });
  });
});
