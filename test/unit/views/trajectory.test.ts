import { expect, test } from 'vitest';
import { scaleColours } from '../../../src/renderer/common/heatmap/scale.ts';
import {
  contrasting,
  indexOf,
  joints,
  linesOf,
  markOf,
  pointsOf,
  shade,
  type Picture,
} from '../../../src/renderer/views/trajectory/geometry.ts';
import { svgOf } from '../../../src/renderer/drawing/svg.ts';
import { figureTheme } from '../../../src/renderer/drawing/theme.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { explainedOf, namesOf } from '../../../src/renderer/views/trajectory/labels.ts';
import type { Fit } from '../../../src/renderer/views/trajectory/fit.ts';
import { basisOfText, pointingAs, textOfBasis } from '../../../src/renderer/views/trajectory/basis.ts';
import { boxAround, frameOf, intoBox } from '../../../src/renderer/views/trajectory/box.ts';
import type { Coordinates } from '../../../src/renderer/views/trajectory/coordinates.ts';
import { trajectoryDrawing } from '../../../src/renderer/views/trajectory/drawing.ts';
import { pointName, stateName, statesOf } from '../../../src/renderer/views/trajectory/states.ts';
import { trajectoryTable } from '../../../src/renderer/views/trajectory/table.ts';
import { facetsOf, type Facets } from '../../../src/renderer/runs/facet.ts';
import { activationName, keyOf } from '../../../src/renderer/runs/activation-names.ts';

/** Three states of two tokens, the first token left out. */
const coordinates: Coordinates = {
  places: Float32Array.from({ length: 18 }, (_, i) => i),
  firstState: 0,
  states: 3,
  firstToken: 1,
  tokens: 2,
  explained: [0.5, 0.3, 0.05],
  basis: { means: Float32Array.of(1, 2), axes: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0) },
  isOwn: true,
};
const picture = (rest: Partial<Picture> = {}): Picture => ({
  coordinates,
  places: coordinates.places,
  join: 'layers',
  until: 2,
  marked: [],
  unit: 1,
  colour: ({ state }) => [state / 2, 0, 0],
  ...rest,
});

test('points and indices are each other’s inverse; what is not in the picture has none', () => {
  for (let index = 0; index < 6; index++)
    expect(indexOf(coordinates, markOf(coordinates, index))).toBe(index);
  expect(markOf(coordinates, 3)).toEqual({ state: 1, token: 2 });
  expect(indexOf(coordinates, { state: 0, token: 0 })).toBeNull();
  expect(indexOf(coordinates, { state: 3, token: 1 })).toBeNull();
});

test('lines join a token’s states, or the tokens of a state', () => {
  expect(joints(picture())).toEqual([0, 2, 2, 4, 1, 3, 3, 5]);
  expect(joints(picture({ until: 1 }))).toEqual([0, 2, 1, 3]);
  expect(joints(picture(), 2)).toEqual([1, 3, 3, 5]);
  const oneState = { ...coordinates, states: 1, firstState: 2, tokens: 3 };
  expect(joints(picture({ join: 'tokens', coordinates: oneState }))).toEqual([0, 1, 1, 2]);
});

test('lines begin and end at their points, in their colours', () => {
  const lines = linesOf(pointsOf(picture()), [0, 2], 2);
  expect([...lines.places]).toEqual([0, 1, 2, 6, 7, 8]);
  expect([...lines.colours]).toEqual([0, 0, 0, 0.5, 0, 0]);
});

test('points after the last shown state are hidden, ends and marked ones are larger', () => {
  const { sizes } = pointsOf(picture({ until: 1, marked: [{ state: 0, token: 1 }] }));
  expect(sizes[4]).toBe(0);
  expect(sizes[5]).toBe(0);
  expect(sizes[2]).toBeGreaterThan(sizes[1] ?? 99);
  expect(sizes[0]).toBeGreaterThan(sizes[2] ?? 99);
});

test('places fit into a box without being stretched', () => {
  const places = Float32Array.of(0, 0, 0, 10, 4, 2, 5, 2, 1);
  const box = boxAround(places);
  expect(Math.hypot(...box.half)).toBeCloseTo(1);
  expect(box.half[0] / box.half[1]).toBeCloseTo(2.5);
  const moved = intoBox(places, box);
  expect([...moved.subarray(6, 9)].every((value) => Math.abs(value) < 1e-6)).toBe(true);
  expect(moved[3]).toBeCloseTo(box.half[0]);
});

test('one point alone stands in the middle', () => {
  const box = boxAround(Float32Array.of(7, 8, 9));
  expect(box.half).toEqual([0, 0, 0]);
  expect([...intoBox(Float32Array.of(7, 8, 9), box)].every(Number.isFinite)).toBe(true);
});

const runOf = (keys: readonly Parameters<typeof keyOf>[0][], recurrent?: readonly { stack: string }[]) =>
  ({
    activations: new Map(
      keys.map((key) => [activationName(key), { ...keyOf(key), name: activationName(key) }]),
    ),
    facet: facetsOf({ recurrent: (recurrent ?? null) as Facets['recurrent'] | null }),
  }) as unknown as Run;

const residualKeys = [0, 1, 2].map((layer) => ({ kind: 'hidden_state', layer }) as const);

test('a recurrent run has the hidden states of its last stack, layer by layer', () => {
  const run = runOf(
    [
      { kind: 'hidden_state', stack: 'encoder', layer: 0, direction: 'forward' },
      { kind: 'cell', stack: 'decoder', layer: 0, direction: 'forward' },
      { kind: 'hidden_state', stack: 'decoder', layer: 0, direction: 'forward' },
      { kind: 'hidden_state', stack: 'decoder', layer: 0, direction: 'reverse' },
    ],
    [{ stack: 'encoder' }, { stack: 'decoder' }],
  );
  expect(statesOf(run).map(({ name }) => name)).toEqual([
    'decoder.rnn.0.hidden',
    'decoder.rnn.0.reverse.hidden',
  ]);
  expect([0, 1].map((index) => stateName(run, index))).toEqual(['layer 0', 'layer 0, reverse']);
});

test('states are named by what they have passed through', () => {
  const residual = runOf(residualKeys);
  expect([0, 1, 2].map((index) => stateName(residual, index))).toEqual([
    'embeddings',
    'after L0',
    'after L1, the last',
  ]);
});

test('colours follow states or positions, and stand out from the ground', () => {
  expect(shade('layers', { state: 1, token: 9 }, 3)).toBe(0.5);
  expect(shade('tokens', { state: 1, token: 9 }, 10)).toBe(1);
  expect(shade('tokens', { state: 0, token: 0 }, 1)).toBe(0.5);
  const viridis = scaleColours('viridis', 'dark');
  const shown = contrasting(viridis);
  expect(shown).toHaveLength(256);
  expect([viridis.indexOf(shown[0] ?? [0, 0, 0]), viridis.indexOf(shown[255] ?? [0, 0, 0])]).toEqual([
    51, 210,
  ]);
});

const texts = ['<s>', ' old', ' sea'];
const fitOf = (rest: Partial<Fit> = {}): Fit => {
  const box = boxAround(coordinates.places);
  return {
    ...{ coordinates, box, places: intoBox(coordinates.places, box), join: 'layers', state: 0 },
    run: {
      ...runOf(residualKeys),
      tokens: texts.map((text) => ({ text })),
    },
    ...rest,
  } as unknown as Fit;
};

test('axes are named with their share, tokens where their path ends or is looked at', () => {
  const fit = fitOf();
  const names = namesOf(fit, 2, { hovered: null, locked: null });
  expect(names.map(({ text }) => text)).toEqual(['PC1 50.0 %', 'PC2 30.0 %', 'PC3 5.0 %', '·old', '·sea']);
  expect(names[3]?.at).toEqual([...fit.places.subarray(12, 15)]);
  const looked = namesOf(fit, 2, { hovered: { state: 1, token: 1 }, locked: null });
  expect(looked[3]).toMatchObject({ kind: 'hovered', at: [...fit.places.subarray(6, 9)] });
  expect(looked[4]).toMatchObject({ kind: 'quiet' });
});

test('an axis along which nothing spreads has no line and no name', () => {
  const edges = (...half: [number, number, number]) => frameOf({ half });
  expect(edges(0.7, 0.6, 0.4)).toHaveLength(12);
  expect(edges(0.7, 0.6, 0.4).map(({ axis }) => axis)).toEqual([0, 1, 2, ...Array<null>(9).fill(null)]);
  const flat = edges(0.8, 0.6, 0);
  expect(flat.map(({ axis }) => axis)).toEqual([0, 1]);
  // Beside the points, and in their plane.
  for (const { from, to } of flat)
    expect([from[2], to[2], from[0] < -0.8, from[1] < -0.6]).toEqual([0, 0, true, true]);
  expect(edges(1, 0, 0).map(({ axis, from }) => [axis, from[1] < 0])).toEqual([[0, true]]);
  expect(edges(0, 0, 0)).toEqual([]);
  // What rounding leaves is no direction.
  expect(edges(0.8, 0.6, 0.01).map(({ axis }) => axis)).toEqual([0, 1]);
});

test('axes of a text that grew point as they did before', () => {
  const along = (first: number) => ({
    ...{ places: Float32Array.of(first, 2, 3), explained: [0.5, 0.3, 0.2] as const },
    basis: { means: new Float32Array(2), axes: Float32Array.of(first, 0, 0, 0, 0, 1, 0, 0) },
    isOwn: true,
  });
  const turned = pointingAs(along(-1), along(1).basis);
  expect([...turned.places]).toEqual([1, 2, 3]);
  expect(turned.basis.axes[0]).toBe(1);
  expect(turned.isOwn).toBe(false);
  expect(pointingAs(along(1), along(1).basis)).toEqual(along(1));
});

test('axes are the same when they come back from a file; what is no text of axes is none', () => {
  const basis = {
    means: Float32Array.of(0.1, -2.5),
    axes: Float32Array.of(0.3, 1 / 3, -1, 0, 7e-12, 1e9, 0.5, 0),
  };
  expect(basisOfText(textOfBasis(basis))).toEqual(basis);
  for (const text of ['', 'AAAA', 'not base 64!', textOfBasis({ ...basis, means: Float32Array.of(NaN, 0) })])
    expect(basisOfText(text)).toBeNull();
});

test('as many axes are said to show the variance as there are', () => {
  const said = (half: readonly [number, number, number]) =>
    explainedOf({ coordinates: fitOf().coordinates, box: { half, centre: [0, 0, 0], scale: 1 } });
  expect(said([0.8, 0.5, 0.3])).toBe('3 axes show 85.0 % of the variance');
  expect(said([0.8, 0.5, 1e-9])).toBe('2 axes show 85.0 % of the variance');
  expect(said([1, 0, 0])).toBe('1 axis shows 85.0 % of the variance');
  expect(said([0, 0, 0])).toBeNull();
});

test('a figure holds every point, line and name once, none of them over another', async () => {
  const look = { until: 2, hovered: null, locked: null, camera: null };
  const drawing = await trajectoryDrawing(fitOf(), look, { width: 600, height: 400, text: 12 });
  const group = drawing.marks.find((mark) => mark.kind === 'group');
  const kinds = (group?.marks ?? []).map(({ kind }) => kind);
  const count = (kind: string) => kinds.filter((one) => one === kind).length;
  expect([count('circle'), count('line'), count('text')]).toEqual([6, 4 + 12, 5]);
  const svg = svgOf(drawing, { theme: figureTheme('paper'), transparent: false });
  expect(svg).not.toMatch(/NaN|undefined/);
  expect(drawing.title).toContain('after L1, the last; 3 axes show 85.0 % of the variance');
});

test('the table is all points along the axes, and the axes', () => {
  const table = trajectoryTable(fitOf());
  expect([...table.rows][3]).toEqual(['hidden_states.1', 2, ' sea', 9, 10, 11]);
  expect(table.arrays.find(({ name }) => name === 'axes')).toMatchObject({
    shape: [3, 2],
    values: Float32Array.of(1, 0, 0, 1, 0, 0),
  });
});

test('a word that a sum subtracts is named without its sign: it stands where the word does', () => {
  const words = ['king', '−man', 'woman', '='].map((text) => ({ text, special: text === '=' }));
  const vectors = () => Promise.resolve(new Float32Array());
  const facet = facetsOf({ words: { vectors } });
  const run = { facet, text: 'king - man + woman', tokens: words } as unknown as Run;
  expect([0, 1, 2, 3].map((token) => pointName(run, token))).toEqual([
    ...['king', 'man', 'woman'],
    'king - man + woman',
  ]);
});
