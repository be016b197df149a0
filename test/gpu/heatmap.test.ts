import { expect, test } from 'vitest';
import { describeMessages } from '../../src/renderer/gpu/kernel.ts';
import { Heatmap, type HeatmapPlace, type HeatmapStyle } from '../../src/renderer/common/heatmap/heatmap.ts';
import { colourOf, scaleColours, type Domain, type Rgb } from '../../src/renderer/common/heatmap/scale.ts';
import code from '../../src/shaders/heatmap.wgsl?raw';
import { testGpu } from '../helpers/gpu.ts';

const BACKGROUND: Rgb = [0.1, 0.2, 0.3];
const MASKED: Rgb = [0.5, 0.5, 0.5];
const INVALID: Rgb = [1, 0, 1];
const LOCK: Rgb = [1, 0.5, 0];

const gpu = await testGpu();

const plain: HeatmapStyle = {
  domain: { low: 0, high: 1, log: false },
  colours: scaleColours('viridis', 'dark'),
  background: BACKGROUND,
  masked: MASKED,
  invalid: INVALID,
  hovered: { row: null, column: null },
  locked: { row: null, column: null },
  lockColour: LOCK,
  highlight: 1,
  line: 1,
  gap: 0,
  diagonal: null,
};

/** A place of exact cells, each `cell` pixels large. */
function exact(rows: number, columns: number, cell: number, rest: Partial<HeatmapPlace> = {}): HeatmapPlace {
  return {
    rect: [0, 0, columns * cell, rows * cell],
    start: [0, 0],
    span: [rows, columns],
    offset: 0,
    stride: columns,
    rows,
    columns,
    ...rest,
  };
}

/** Draws places of values; answers with the colour of a pixel. */
async function draw(
  values: readonly number[],
  places: readonly HeatmapPlace[],
  [width, height]: readonly [number, number],
  style: Partial<HeatmapStyle> = {},
): Promise<(x: number, y: number) => Rgb> {
  const { device } = gpu;
  const tensor = gpu.tensorFrom(Float32Array.from(values), [values.length], 'test values');
  const texture = device.createTexture({
    size: [width, height],
    format: 'rgba8unorm',
    usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
  });
  const stride = Math.ceil((width * 4) / 256) * 256;
  const pixels = device.createBuffer({
    size: stride * height,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  const heatmap = await Heatmap.create(device, 'rgba8unorm');
  heatmap.setPlaces(places, tensor.buffer);
  heatmap.draw(texture.createView(), width, height, { ...plain, ...style });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer({ texture }, { buffer: pixels, bytesPerRow: stride }, [width, height]);
  device.queue.submit([encoder.finish()]);
  const bytes = new Uint8Array(await gpu.readBytes(pixels, 0, stride * height));
  heatmap.destroy();
  texture.destroy();
  pixels.destroy();
  gpu.release(tensor);
  return (x, y) => {
    const at = y * stride + x * 4;
    return [bytes[at] ?? -1, bytes[at + 1] ?? -1, bytes[at + 2] ?? -1];
  };
}

const eightBit = (colour: Rgb): Rgb => [
  Math.round(colour[0] * 255),
  Math.round(colour[1] * 255),
  Math.round(colour[2] * 255),
];

function expectColour(pixel: Rgb, colour: Rgb, what = ''): void {
  const wanted = eightBit(colour);
  for (const channel of [0, 1, 2] as const)
    expect(
      Math.abs(pixel[channel] - wanted[channel]),
      `${what}: ${pixel.join()} for ${wanted.join()}`,
    ).toBeLessThanOrEqual(1);
}

test('the shader compiles without a message', async () => {
  const { messages } = await gpu.device.createShaderModule({ code }).getCompilationInfo();
  expect(describeMessages('heatmap', code, messages)).toBe('');
});

test('every pixel has the colour that the legend gives its cell', async () => {
  const [rows, columns, cell] = [5, 7, 6];
  const values = Array.from({ length: rows * columns }, (_, i) => (i * 0.618) % 1);
  for (const name of ['viridis', 'cividis', 'diverging'] as const) {
    const colours = scaleColours(name, 'light');
    const at = await draw(values, [exact(rows, columns, cell)], [50, 40], { colours });
    for (let y = 0; y < 40; y++)
      for (let x = 0; x < 50; x++) {
        const isInside = x < columns * cell && y < rows * cell;
        const value = values[Math.floor(y / cell) * columns + Math.floor(x / cell)] ?? NaN;
        expectColour(
          at(x, y),
          isInside ? colourOf(value, plain.domain, colours) : BACKGROUND,
          `${name} ${x},${y}`,
        );
      }
  }
});

test('log scale and values beyond the ends', async () => {
  const domain: Domain = { low: 1e-4, high: 0.5, log: true };
  const values = [0, -1, 5e-5, 1.1e-4, 3e-3, 0.04, 0.3, 0.5, 7];
  const at = await draw(values, [exact(1, values.length, 4)], [36, 4], { domain });
  for (const [i, value] of values.entries())
    expectColour(at(i * 4 + 2, 2), colourOf(value, domain, plain.colours), String(value));
});

test('NaN and infinities stand out', async () => {
  const at = await draw([NaN, Infinity, -Infinity, 0.5], [exact(1, 4, 4)], [16, 4]);
  for (const x of [2, 6, 10]) expectColour(at(x, 2), INVALID);
  // Hatched: every other stripe is nearer to the background.
  const between = INVALID.map((value, i) => value * 0.4 + (BACKGROUND[i] ?? 0) * 0.6) as unknown as Rgb;
  for (const x of [4, 8]) expectColour(at(x, 2), between);
  expectColour(at(14, 2), colourOf(0.5, plain.domain, plain.colours));
});

test('many maps in one draw, each from its own part of the buffer, at any offset and stride', async () => {
  const [maps, rows, columns, stride, size] = [150, 3, 2, 5, 12];
  const values = Array.from({ length: 77 + maps * rows * stride }, (_, i) => ((i * 7919) % 1000) / 1000);
  const places = Array.from({ length: maps }, (_, i): HeatmapPlace => ({
    rect: [(i % 15) * (size + 2), Math.floor(i / 15) * (size + 2), size, size],
    start: [0, 0],
    span: [rows, columns],
    offset: 77 + i * rows * stride,
    stride,
    rows,
    columns,
  }));
  const at = await draw(values, places, [210, 140]);
  for (const { rect, offset } of places)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const value = values[offset + row * stride + column] ?? NaN;
        const pixel = at(rect[0] + column * 6 + 3, rect[1] + row * 4 + 2);
        expectColour(pixel, colourOf(value, plain.domain, plain.colours), `map at ${offset}`);
      }
  expectColour(at(13, 5), BACKGROUND);
});

test('a map that stands out over the edges is cut, and keeps its cells', async () => {
  const values = Array.from({ length: 16 }, (_, i) => i / 16);
  const at = await draw(values, [exact(4, 4, 10, { rect: [-15, -25, 40, 40] })], [20, 10]);
  expectColour(at(0, 0), colourOf(values[2 * 4 + 1] ?? NaN, plain.domain, plain.colours));
  expectColour(at(19, 9), colourOf(values[3 * 4 + 3] ?? NaN, plain.domain, plain.colours));
});

test('keys after the query are masked, also where cells are pooled', async () => {
  const values = Array<number>(16).fill(0.7);
  const colour = colourOf(0.7, plain.domain, plain.colours);
  const square = await draw(values, [exact(4, 4, 5)], [20, 20], { diagonal: 0 });
  const cached = await draw(values, [exact(4, 4, 5)], [20, 20], { diagonal: 2 });
  // Two rows and columns in each cell, from row 4 and column 2 on: rows 4-5 … 10-11, columns 2-3 … 8-9.
  const pooled = await draw(values, [exact(4, 4, 5, { start: [4, 2], span: [8, 8] })], [20, 20], {
    diagonal: 0,
  });
  for (let row = 0; row < 4; row++)
    for (let column = 0; column < 4; column++) {
      const [x, y] = [column * 5 + 2, row * 5 + 2];
      expectColour(square(x, y), column > row ? MASKED : colour, `exact ${row},${column}`);
      expectColour(cached(x, y), column > row + 2 ? MASKED : colour, `cached ${row},${column}`);
      const isMasked = 2 + column * 2 > 4 + row * 2 + 1;
      expectColour(pooled(x, y), isMasked ? MASKED : colour, `pooled ${row},${column}`);
    }
});

test('gaps lie between cells and not at the edges', async () => {
  const at = await draw([0.2, 0.4, 0.6, 0.8], [exact(2, 2, 10)], [20, 20], { gap: 2 });
  for (const x of [8, 9]) expectColour(at(x, 4), BACKGROUND);
  for (const y of [8, 9]) expectColour(at(4, y), BACKGROUND);
  for (const x of [7, 0]) expectColour(at(x, 4), colourOf(0.2, plain.domain, plain.colours));
  expectColour(at(19, 19), colourOf(0.8, plain.domain, plain.colours));
});

test('the hovered row and column are outlined in what stands out, the locked ones in their colour', async () => {
  const values = Array<number>(64).fill(0);
  const hovered = await draw(values, [exact(8, 8, 5)], [40, 40], { hovered: { row: 4, column: 2 } });
  const dark = colourOf(0, plain.domain, plain.colours);
  // Row 4 covers pixels 20 to 24: lines at 19 and 25; column 2 covers 10 to 14: lines at 9 and 15.
  for (const y of [19, 25]) expectColour(hovered(33, y), [1, 1, 1], `row line ${y}`);
  for (const x of [9, 15]) expectColour(hovered(x, 3), [1, 1, 1], `column line ${x}`);
  for (const [x, y] of [
    [33, 20],
    [33, 24],
    [33, 18],
    [12, 3],
    [12, 22],
  ] as const)
    expectColour(hovered(x, y), dark, `${x},${y}`);

  const bright = await draw(Array<number>(64).fill(1), [exact(8, 8, 5)], [40, 40], {
    hovered: { row: 4, column: null },
    locked: { row: null, column: 0 },
  });
  expectColour(bright(33, 19), [0, 0, 0]);
  // The first column's outline stays within the map.
  expectColour(bright(0, 33), LOCK);
  expectColour(bright(5, 33), LOCK);
  expectColour(bright(2, 33), colourOf(1, plain.domain, plain.colours));
});

test('a row far below one pixel still has its outline', async () => {
  const at = await draw(Array<number>(100).fill(0), [exact(10, 10, 4, { span: [4000, 4000] })], [40, 40], {
    hovered: { row: 2000, column: null },
  });
  const column = Array.from({ length: 40 }, (_, y) => at(20, y)[0]);
  expect(column.filter((red) => red === 255)).toHaveLength(2);
  expect(column.indexOf(255)).toBe(19);
});
