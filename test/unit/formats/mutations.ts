/** Spoilt files: what is done to the bytes of good ones before they are read. */
import fc from 'fast-check';

export interface Mutation {
  readonly kind: 'set' | 'insert' | 'remove' | 'cut' | 'word' | 'number';
  readonly at: number;
  readonly byte: number;
}

/** @param head where most of a format's rules are: every second mutation hits the bytes before it */
export function mutations(head: number): fc.Arbitrary<Mutation[]> {
  return fc.array(
    fc.record({
      kind: fc.constantFrom<Mutation['kind'][]>('set', 'insert', 'remove', 'cut', 'word', 'number'),
      at: fc.oneof(fc.nat({ max: head }), fc.nat()),
      byte: fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat({ max: 255 })),
    }),
    { minLength: 1, maxLength: 4 },
  );
}

/** The bytes with one byte set, put in or taken out, cut off, four bytes set, or a number of eight bytes written. */
export function mutated(bytes: Uint8Array, { kind, at, byte }: Mutation): Uint8Array {
  const index = at % (bytes.length + 1);
  if (kind === 'cut') return bytes.subarray(0, index);
  if (kind === 'insert') return spliced(bytes, index, 0, [byte]);
  if (kind === 'remove') return spliced(bytes, index, byte % 40, []);
  if (kind === 'set') return spliced(bytes, index, 1, [byte]);
  if (kind === 'word') return spliced(bytes, index, 4, [byte, byte, byte, byte]);
  return spliced(bytes, index, 8, [byte, byte, byte, byte, 0, 0, byte >> 4, byte]);
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: readonly number[]): Uint8Array {
  const after = bytes.subarray(Math.min(bytes.length, at + removed));
  const made = new Uint8Array(at + added.length + after.length);
  made.set(bytes.subarray(0, at));
  made.set(added, at);
  made.set(after, at + added.length);
  return made;
}
