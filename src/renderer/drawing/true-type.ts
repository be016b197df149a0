/** What drawing needs to know of a TrueType font: which characters it has, and how wide they are. */
export interface FontFacts {
  has(codePoint: number): boolean;
  /** Width of a character in ems; that of the font's missing glyph when it has none. */
  advance(codePoint: number): number;
}

/**
 * Reads `head`, `hhea`, `hmtx` and `cmap` (formats 4 and 12).
 * @throws RangeError when the bytes are no TrueType font with a Unicode table
 */
export function readFont(bytes: Uint8Array): FontFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const at = 12 + i * 16;
    tables.set(String.fromCharCode(...bytes.subarray(at, at + 4)), view.getUint32(at + 8));
  }
  const table = (name: string): number => {
    const at = tables.get(name);
    if (at === undefined) throw new RangeError(`The font has no table ${name}.`);
    return at;
  };
  const unitsPerEm = view.getUint16(table('head') + 18);
  const metrics = view.getUint16(table('hhea') + 34);
  const hmtx = table('hmtx');
  const glyphs = readCharacters(view, table('cmap'));
  return {
    has: (codePoint) => glyphs.has(codePoint),
    advance: (codePoint) =>
      view.getUint16(hmtx + 4 * Math.min(glyphs.get(codePoint) ?? 0, metrics - 1)) / unitsPerEm,
  };
}

/** Glyph of each character. */
function readCharacters(view: DataView, cmap: number): Map<number, number> {
  const subtables = Array.from({ length: view.getUint16(cmap + 2) }, (_, i) => {
    const at = cmap + view.getUint32(cmap + 4 + i * 8 + 4);
    return { at, format: view.getUint16(at) };
  });
  const whole = subtables.find(({ format }) => format === 12);
  if (whole !== undefined) return readSegmented(view, whole.at);
  const basic = subtables.find(({ format }) => format === 4);
  if (basic === undefined) throw new RangeError('The font has no Unicode table.');
  return readBasic(view, basic.at);
}

function readSegmented(view: DataView, at: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  for (let i = 0; i < view.getUint32(at + 12); i++) {
    const group = at + 16 + i * 12;
    const [first, last, glyph] = [0, 4, 8].map((offset) => view.getUint32(group + offset)) as [
      number,
      number,
      number,
    ];
    for (let code = first; code <= last; code++) glyphs.set(code, glyph + code - first);
  }
  return glyphs;
}

function readBasic(view: DataView, at: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  const segments = view.getUint16(at + 6) / 2;
  const [ends, starts] = [at + 14, at + 16 + segments * 2];
  const [deltas, ranges] = [starts + segments * 2, starts + segments * 4];
  for (let i = 0; i < segments; i++) {
    const [first, last] = [view.getUint16(starts + i * 2), view.getUint16(ends + i * 2)];
    const [delta, range] = [view.getUint16(deltas + i * 2), view.getUint16(ranges + i * 2)];
    for (let code = first; code <= last && code < 0xffff; code++) {
      const listed = range === 0 ? code : view.getUint16(ranges + i * 2 + range + (code - first) * 2);
      const glyph = range !== 0 && listed === 0 ? 0 : (listed + delta) & 0xffff;
      if (glyph !== 0) glyphs.set(code, glyph);
    }
  }
  return glyphs;
}
