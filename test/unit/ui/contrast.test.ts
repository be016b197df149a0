import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { must } from '../../helpers/must.ts';

const css = readFileSync(new URL('../../../src/renderer/ui/tokens.css', import.meta.url), 'utf8');

/** Hex colours of a theme's block; the light block overrides the dark one. */
function colours(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('\n}', start));
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [must(name), must(hex)]),
  );
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * must(r) + 0.7152 * must(g) + 0.0722 * must(b);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (must(light) + 0.05) / (must(dark) + 0.05);
}

const dark = colours(':root');
const themes = { dark, light: new Map([...dark, ...colours(":root[data-theme='light']")]) };
const grounds = ['surface-0', 'surface-1', 'surface-2', 'surface-3'];

describe.each(Object.entries(themes))('%s theme', (_, theme) => {
  const of = (name: string): string => {
    const hex = theme.get(name);
    if (hex === undefined) throw new Error(`tokens.css has no --${name}`);
    return hex;
  };

  test.each(['text-1', 'text-2', 'text-3'])('%s reads on every ground (AA, 4.5:1)', (text) => {
    for (const ground of grounds) expect(contrast(of(text), of(ground)), ground).toBeGreaterThanOrEqual(4.5);
  });

  test.each([
    ['on-accent', 'accent'],
    ['text-1', 'accent-soft'],
    ['text-2', 'accent-soft'],
    ['accent-strong', 'accent-soft'],
    ['accent-strong', 'surface-1'],
    ['accent-strong', 'surface-3'],
    ['text-1', 'danger-soft'],
    ['text-2', 'danger-soft'],
    ['danger', 'danger-soft'],
    ['danger', 'surface-1'],
    ['warn', 'surface-1'],
    ['warn', 'warn-soft'],
    ['ok', 'surface-1'],
    ['query', 'surface-1'],
    ['key', 'surface-1'],
    ['value', 'surface-1'],
    ['query', 'surface-3'],
    ['key', 'surface-3'],
    ['value', 'surface-3'],
  ])('%s reads on %s (AA, 4.5:1)', (text, ground) => {
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['accent', 'line-3', 'select-hover', 'select-lock', 'query', 'key', 'value'])(
    '%s stands out as a shape (3:1)',
    (name) => {
      for (const ground of ['surface-0', 'surface-1', 'surface-2'])
        expect(contrast(of(name), of(ground)), ground).toBeGreaterThanOrEqual(3);
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('category %i stands out as a shape (3:1)', (n) => {
    expect(contrast(of(`category-${n}`), of('surface-1'))).toBeGreaterThanOrEqual(3);
  });
});
