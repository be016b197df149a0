import { referenceMetrics } from '../../../src/renderer/kernels/attention/attention-metrics.reference.ts';
import { headMetrics } from '../../../src/renderer/runs/head-metrics.ts';
import type { Gpu } from '../../../src/renderer/gpu/gpu.ts';
import type { HeadSteps } from '../../../src/renderer/runs/head-steps.ts';
import type { Activation, AttentionMap, PatternTile, Run, Token } from '../../../src/renderer/runs/run.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { activationName, keyOf } from '../../../src/renderer/runs/activation-names.ts';

export interface FakeShape {
  readonly tokens: readonly string[];
  readonly layers: number;
  readonly heads: number;
  /** `D` */
  readonly width?: number;
}

let nextId = 1;

/** A repeatable number 0 … 1 for a place. */
export function noise(...at: readonly number[]): number {
  let state = 2166136261;
  for (const part of at) state = Math.imul(state ^ (part + 0x9e3779b9), 16777619);
  state ^= state >>> 15;
  state = Math.imul(state, 2246822519);
  state ^= state >>> 13;
  return (state >>> 0) / 2 ** 32;
}

/** A causal pattern [T, T] of the kinds that heads have: previous token, first token, the same token, spread. */
export function fakePattern(tokens: readonly string[], layer: number, head: number): Float32Array {
  const count = tokens.length;
  const values = new Float32Array(count * count);
  const kind = Math.floor(noise(layer, head, 7) * 5);
  for (let query = 0; query < count; query++) {
    let sum = 0;
    for (let key = 0; key <= query; key++) {
      let score = noise(layer, head, query, key) * 2;
      if (kind === 0 && key === query - 1) score += 6;
      if (kind === 1 && key === 0) score += 5;
      if (kind === 2 && tokens[key] === tokens[query]) score += 4;
      if (kind === 3) score -= (query - key) * 0.25;
      const weight = Math.exp(score);
      values[query * count + key] = weight;
      sum += weight;
    }
    for (let key = 0; key <= query; key++)
      values[query * count + key] = (values[query * count + key] ?? 0) / sum;
  }
  return values;
}

/** A run on a real device whose patterns and states are made up: views can't tell it from a model's. */
export function fakeRun(gpu: Gpu, { tokens: texts, layers, heads, width = 32 }: FakeShape): Run {
  const tokens: Token[] = texts.map((text, id) => ({ id, text, span: null, special: false }));
  const count = tokens.length;
  const patterns = new Map<string, Float32Array>();
  const pattern = (layer: number, head: number) => {
    const key = `${layer} ${head}`;
    const known = patterns.get(key) ?? fakePattern(texts, layer, head);
    patterns.set(key, known);
    return known;
  };
  const map: AttentionMap = {
    kind: 'self',
    layers,
    heads,
    keyHeads: heads,
    queries: tokens,
    keys: tokens,
    causal: true,
    activation: (layer) => activationName({ kind: 'attention', layer }),
    async tiles(requests, target, offset = 0) {
      await Promise.resolve();
      let at = offset;
      for (const request of requests) {
        const tile = pool(pattern(request.layer, request.head), count, request);
        gpu.device.queue.writeBuffer(target, at * 4, tile);
        at += tile.length;
      }
    },
    row: (layer, head, query) =>
      Promise.resolve(pattern(layer, head).slice(query * count, (query + 1) * count)),
    steps: (layer, head, query) => Promise.resolve(fakeSteps(pattern(layer, head), count, query)),
    metrics: (layer) => {
      const weights = Array.from({ length: heads }, (_, head) => [...pattern(layer, head)]).flat();
      return Promise.resolve(headMetrics(referenceMetrics(weights, tokens, tokens)));
    },
  };
  const activations = new Map<string, Activation>();
  for (let layer = 0; layer <= layers; layer++) {
    const own = state(gpu, layer, count, width);
    activations.set(own.name, own);
  }
  return {
    id: nextId++,
    gpu,
    model: { id: 'fake', name: 'Fake model', family: 'fake', modelType: 'fake' },
    text: texts.join(''),
    tokens,
    sourceTokens: null,
    layers,
    heads,
    width,
    milliseconds: 12,
    bytes: 0,
    activations,
    attention: [map],
    facet: facetsOf({}),
    dispose: () => undefined,
  };
}

/** Steps that lead to a row of a pattern: q is 1 in one unit, and each key holds its score there. */
function fakeSteps(pattern: Float32Array, count: number, query: number): HeadSteps {
  const d = 4;
  const weights = pattern.slice(query * count, (query + 1) * count);
  const scores = weights.map((weight, s) => (s > query ? -Infinity : Math.log(Math.max(weight, 1e-6))));
  const keys = new Float32Array(count * d);
  for (const [s, score] of scores.entries()) keys[s * d] = s > query ? 0 : score * 2;
  const values = Float32Array.from({ length: count * d }, (_, i) => Math.sin(i));
  const context = new Float32Array(d);
  for (const [i, value] of values.entries())
    context[i % d] = (context[i % d] ?? 0) + value * (weights[Math.floor(i / d)] ?? 0);
  return {
    ...{ score: 'dot', query: Float32Array.of(1, 0, 0, 0), keys, values, keyHead: 0, turned: false },
    ...{ scale: 0.5, softCap: null, bias: null, window: null, scores, weights, byHand: false, context },
    visible: Uint8Array.from(scores, (_, s) => (s > query ? 0 : 1)),
    ...{ change: null, read: context, written: Float32Array.of(0.5, -0.25, 1, 0) },
  };
}

/** Hidden states that wander from layer to layer and grow, as a residual stream does. */
function state(gpu: Gpu, layer: number, count: number, width: number): Activation {
  const values = new Float32Array(count * width);
  for (let token = 0; token < count; token++)
    for (let unit = 0; unit < width; unit++) {
      let value = noise(token, unit, 1) - 0.5 + Math.sin(token * 0.3 + unit) * 0.4;
      for (let i = 1; i <= layer; i++)
        value += (noise(i, unit, 3) - 0.5) * 0.9 + (noise(token, unit, i, 2) - 0.5) * 0.5;
      values[token * width + unit] = value;
    }
  const key = { kind: 'hidden_state', layer } as const;
  const name = activationName(key);
  const tensor = gpu.tensorFrom(values, [count, width], name);
  return {
    ...keyOf(key),
    name,
    axes: ['token', 'unit'],
    shape: [count, width],
    lease: () => Promise.resolve({ tensor, release: () => undefined }),
    read: () => Promise.resolve(values),
  };
}

/** Row-major cells of a tile; cell i of n covers [⌊i·span/n⌋, ⌈(i+1)·span/n⌉). */
function pool(values: Float32Array, stride: number, tile: PatternTile): Float32Array<ArrayBuffer> {
  const result = new Float32Array(tile.height * tile.width);
  const side = ([from, to]: readonly [number, number], cells: number, at: number) =>
    [
      from + Math.floor((at * (to - from)) / cells),
      from + Math.ceil(((at + 1) * (to - from)) / cells),
    ] as const;
  for (let row = 0; row < tile.height; row++)
    for (let column = 0; column < tile.width; column++) {
      const [top, bottom] = side(tile.rows, tile.height, row);
      const [left, right] = side(tile.columns, tile.width, column);
      let most = 0;
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) most = Math.max(most, values[y * stride + x] ?? 0);
      result[row * tile.width + column] = most;
    }
  return result;
}
