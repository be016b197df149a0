import { mount, unmount } from 'svelte';
import { beforeAll, expect, test } from 'vitest';
import DrawingSvg from '../../src/renderer/drawing/DrawingSvg.svelte';
import type { Drawing } from '../../src/renderer/drawing/drawing.ts';
import { writeFigure, type FigureChoice } from '../../src/renderer/drawing/figure.ts';
import { loadFonts } from '../../src/renderer/drawing/fonts.ts';
import { figureTheme, hexColour } from '../../src/renderer/drawing/theme.ts';
import { must } from '../helpers/must.ts';

const dark = figureTheme('dark');
const choice: FigureChoice = {
  ...{ format: 'png', theme: 'dark', transparent: false, scale: 2, millimetres: 85 },
};
const drawing: Drawing = {
  width: 100,
  height: 60,
  title: 'A test',
  marks: [
    { kind: 'rect', id: 'box', x: 10, y: 10, width: 20, height: 20, fill: 'accent' },
    {
      ...{ kind: 'image', x: 40, y: 10, width: 20, height: 20 },
      raster: { columns: 2, rows: 1, scale: 'sequential', places: new Float32Array([0, 1]) },
    },
    {
      ...{ kind: 'group', x: 70, y: 10, clip: { x: 0, y: 0, width: 10, height: 10 } },
      marks: [{ kind: 'circle', id: 'dot', x: 10, y: 10, radius: 30, fill: 'warn' }],
    },
    { kind: 'text', x: 10, y: 50, text: 'aé 東', size: 12, fill: 'text-1' },
  ],
};

async function pixels(blob: Blob): Promise<{ width: number; at(x: number, y: number): string }> {
  const bitmap = await createImageBitmap(blob);
  const context = must(new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d'));
  context.drawImage(bitmap, 0, 0);
  return {
    width: bitmap.width,
    at: (x, y) => {
      const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(x, y, 1, 1).data;
      return a === 0 ? 'none' : hexColour([r / 255, g / 255, b / 255]);
    },
  };
}

beforeAll(() => loadFonts());

test('a PNG has the marks where they stand, in the colours of the theme', async () => {
  const blob = await writeFigure(drawing, choice);
  const { width, at } = await pixels(blob);
  expect(width).toBe(200);
  expect(at(2, 2)).toBe(hexColour(dark.roles['surface-1']));
  expect(at(40, 40)).toBe(hexColour(dark.roles.accent));
  // Two cells with a hard edge between them, however far they are enlarged.
  expect(at(99, 40)).toBe(hexColour(must(dark.scales.sequential[0])));
  expect(at(101, 40)).toBe(hexColour(must(dark.scales.sequential[255])));
  expect([at(155, 35), at(165, 35)]).toEqual([hexColour(dark.roles.warn), at(2, 2)]);
  const again = await writeFigure(drawing, choice);
  expect(new Uint8Array(await again.arrayBuffer())).toEqual(new Uint8Array(await blob.arrayBuffer()));
});

test('a transparent PNG has no ground; one that is too large is refused', async () => {
  const { width, at } = await pixels(await writeFigure(drawing, { ...choice, transparent: true, scale: 1 }));
  expect([width, at(1, 1)]).toEqual([100, 'none']);
  await expect(writeFigure({ ...drawing, width: 9000 }, choice)).rejects.toThrow('18000 × 120 pixels');
});

test('a PDF has letters that its font lacks as pictures', async () => {
  const write = async (marks: Drawing['marks']) => {
    const blob = await writeFigure({ ...drawing, marks }, { ...choice, format: 'pdf' });
    return new TextDecoder('latin1').decode(await blob.arrayBuffer());
  };
  const text = (text: string) => [{ kind: 'text', x: 10, y: 50, text, size: 12, fill: 'text-1' }] as const;
  const images = (pdf: string) => pdf.match(/\/Subtype \/Image/g)?.length ?? 0;
  expect(images(await write(text('aé')))).toBe(0);
  expect(images(await write(text('aé 東')))).toBeGreaterThan(0);
});

test('the window shows the same marks, and tells which one the pointer is on', () => {
  const seen: (string | null)[] = [];
  const target = document.body.appendChild(document.createElement('div'));
  const shown = mount(DrawingSvg, {
    target,
    props: {
      drawing,
      theme: dark,
      onhover: (id: string | null) => seen.push(id),
      onpick: (id: string) => seen.push(id),
    },
  });
  const svg = must(target.querySelector('svg'));
  const box = must(svg.querySelector('[data-mark="box"]'));
  expect(box.getAttribute('fill')).toBe(hexColour(dark.roles.accent));
  expect(box.namespaceURI).toBe('http://www.w3.org/2000/svg');
  expect(must(svg.querySelector('svg > [data-mark="dot"]')).getBoundingClientRect().width).toBe(60);
  expect(svg.querySelector('text')?.textContent).toBe('aé 東');
  box.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
  must(svg.querySelector('[data-mark="dot"]')).dispatchEvent(new MouseEvent('click', { bubbles: true }));
  expect(seen).toEqual(['box', 'dot']);
  void unmount(shown);
  target.remove();
});
