/** Runs whose every computation goes wrong, whatever facets there are. */
import type { Facets } from '../../../src/renderer/runs/facet.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';

/** What goes on in place of a computation. */
type Instead = () => Promise<never>;

/** Functions of facets that give what is there, and compute nothing. */
const GIVES = new Set(['mlp', 'token']);

/** Functions that record for the GPU: they can't wait, but fail at once. */
const RECORDS = new Set(['record']);

/** A run's own properties and those of its class, as an object that can be changed. */
export function plain(run: Run): Run {
  return Object.create(run, Object.getOwnPropertyDescriptors({ id: run.id + 1e6 })) as Run;
}

/** The run with everything that it would compute replaced. */
export function broken(run: Run, instead: Instead): Run {
  const facets = new Map<keyof Facets, unknown>();
  const changes: Partial<Run> = {
    facet<Name extends keyof Facets>(name: Name): Facets[Name] | null {
      if (!facets.has(name)) facets.set(name, withoutLogits(spoilt(run.facet(name), instead)));
      return facets.get(name) as Facets[Name] | null;
    },
    attention: run.attention.map((map) => ({ ...map, tiles: instead, row: instead, steps: instead })),
    activations: new Map(
      [...run.activations].map(([name, activation]) => [
        name,
        { ...activation, lease: instead, read: instead },
      ]),
    ),
  };
  return Object.assign(plain(run), changes);
}

/** Where logits can't be recorded, predictions are asked for one by one. */
function withoutLogits(facet: unknown): unknown {
  return typeof facet === 'object' && facet !== null && 'logits' in facet
    ? Object.defineProperty(facet, 'logits', { value: null })
    : facet;
}

/** A copy of what a facet holds, with `instead` for its functions. */
function spoilt(value: unknown, instead: Instead): unknown {
  if (Array.isArray(value)) return value.map((item) => spoilt(item, instead));
  // Other runs stay as they are.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || 'facet' in value)
    return value;
  const copy = {};
  for (const name of namesOf(value)) {
    let made: { readonly part: unknown } | null = null;
    Object.defineProperty(copy, name, {
      ...{ enumerable: true, configurable: true },
      get: () => (made ??= { part: partOf(value, name, instead) }).part,
    });
  }
  return copy;
}

/** Names of an object's properties, those of its class included. */
function namesOf(value: object): readonly string[] {
  const above: unknown = Object.getPrototypeOf(value);
  const inherited = above === null || above === Object.prototype ? [] : namesOf(above as object);
  return [...new Set([...Object.getOwnPropertyNames(value), ...inherited])].filter(
    (name) => name !== 'constructor',
  );
}

function partOf(value: object, name: string, instead: Instead): unknown {
  const own = (value as Readonly<Record<string, unknown>>)[name];
  if (typeof own !== 'function') return spoilt(own, instead);
  if (GIVES.has(name)) return (...args: unknown[]) => spoilt(own.call(value, ...args), instead);
  if (!RECORDS.has(name)) return instead;
  return () => {
    throw new Error('the tensor is torn');
  };
}
