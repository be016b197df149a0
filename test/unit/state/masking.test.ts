import { beforeEach, describe, expect, test } from 'vitest';
import type { Place } from '../../../src/renderer/runs/place.ts';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';
import { maskedPositions } from '../../../src/renderer/runs/masks.ts';
import { Masking } from '../../../src/renderer/state/session/masking.svelte.ts';
import { rowOrder } from '../../../src/renderer/views/outputs/rows.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { readoutOf } from '../readout.ts';

const MASK: Token = { id: 4, text: '[MASK]', span: null, special: true, mask: true };

/** Words and masks of a text, between two tokens that no text stands for. */
function tokensOf(text: string, ofPair = false): Token[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
    ...(word === MASK.text ? MASK : { id: 9, text: word, special: false }),
    // As byte-level tokenizers have it, the space before a word is part of it.
    span: [word === MASK.text ? index : Math.max(0, index - 1), index + word.length] as const,
    ...(ofPair ? { ofPair } : {}),
  }));
}

function maskedRun(text: string, pair: string | null): Run {
  const logits = { axes: ['token', 'vocabulary'] };
  const own = { id: 1, text: '[CLS]', span: null, special: true };
  const tokens = [own, ...tokensOf(text), ...tokensOf(pair ?? '', true)];
  return {
    text,
    tokens,
    facet: facetsOf({ readout: readoutOf('own') }),
    sourceTokens: null,
    activations: new Map([['logits', logits]]),
  } as never;
}

/** What a Masking works on; every text is run at once. */
class FakeSession {
  model = { tokenizer: { mask: MASK as Token | null } };
  text = 'The white whale swims';
  pair: string | null = null;
  run: Run = maskedRun(this.text, null);
  encoding = null;

  setText(text: string): void {
    this.text = text;
    this.arrive();
  }

  setPair(pair: string | null): void {
    this.pair = pair;
    this.arrive();
  }

  /** The run is on screen. */
  arrive(): void {
    this.run = maskedRun(this.text, this.pair);
    masking.found(this.run);
  }
}

const at = (index: number): Place => ({ token: { side: 'target', index } });

let session: FakeSession;
let selection: { locked: Place | null; lock(place: Place): void };
let masking: Masking;
beforeEach(() => {
  session = new FakeSession();
  selection = {
    locked: null,
    lock(place) {
      this.locked = place;
    },
  };
  masking = new Masking(session as never, selection);
});

describe('masks', () => {
  test('stand in the place of the locked token; the space before it stays', () => {
    selection.locked = at(3);
    masking.mask([0, 0]);
    expect(session.text).toBe('The white [MASK] swims');
    expect(selection.locked).toEqual(at(3));
    // What is masked already can't be masked again: the cursor counts.
    masking.mask([4, 9]);
    expect(session.text).toBe('The [MASK] [MASK] swims');
    // The newest one is looked at, by the inspector and by views.
    expect(selection.locked).toEqual(at(2));
    expect(maskedPositions(session.run)).toEqual([2, 3]);
    expect(rowOrder(session.run)).toEqual([2, 3, 0, 1, 4]);
  });

  test('go to the cursor without a locked token, with a space before them', () => {
    masking.mask([21, 21]);
    expect(session.text).toBe('The white whale swims [MASK]');
    expect(selection.locked).toEqual(at(5));
    // One more, behind the first.
    session.setText('The [MASK] whale swims');
    masking.mask([22, 22]);
    expect(selection.locked).toEqual(at(5));
  });

  test('are not looked at in the run of another text, or once they are gone', () => {
    const arrive = session.arrive.bind(session);
    session.arrive = () => undefined;
    masking.mask([21, 21]);
    session.text = 'Another text';
    arrive();
    expect(selection.locked).toBeNull();
    session.text = 'The white whale swims [MASK]';
    arrive();
    expect(selection.locked).toBeNull();
  });

  test('hide a token of the second text there', () => {
    session.setPair('It blows');
    selection.locked = at(6);
    masking.mask([0, 0]);
    expect([session.text, session.pair]).toEqual(['The white whale swims', 'It [MASK]']);
    expect(selection.locked).toEqual(at(6));
  });

  test('are not offered where there is no mask token, or nothing is said about words in their place', () => {
    expect(masking.token).toBe(MASK);
    session.model.tokenizer.mask = null;
    expect(masking.token).toBeNull();
    session.model.tokenizer.mask = MASK;
    session.run = { ...session.run, facet: facetsOf({ readout: readoutOf('next') }) };
    expect(masking.token).toBeNull();
    masking.mask([0, 0]);
    expect(session.text).toBe('The white whale swims');
  });
});

test.each([
  ['ship', 'The white ship swims'],
  ['##ness', 'The whiteness swims'],
])('the candidate “%s” makes “%s”', (piece, text) => {
  session.setText('The white [MASK] swims');
  const [position = -1] = maskedPositions(session.run);
  masking.replace(session.run.tokens[position] ?? MASK, piece);
  expect(session.text).toBe(text);
});

test.each([
  [' ship', 'The white ship swims'],
  ['ness', 'The whiteness swims'],
])('where words begin with a space, the candidate “%s” makes “%s”', (piece, text) => {
  session.setText('The white [MASK] swims');
  const tokens = session.run.tokens.map((token) =>
    token.mask ? token : { ...token, text: ` ${token.text}` },
  );
  session.run = { ...session.run, tokens };
  const [position = -1] = maskedPositions(session.run);
  masking.replace(tokens[position] ?? MASK, piece);
  expect(session.text).toBe(text);
});
