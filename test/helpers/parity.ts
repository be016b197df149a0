/** What the comparisons of model families with their references have in common. */
import { expect } from 'vitest';
import type { Gpu } from '../../src/renderer/gpu/gpu.ts';
import type { LoadedModel } from '../../src/renderer/models/family.ts';
import { parametersOf } from '../../src/renderer/runs/facets/structure.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import type { RunInput } from '../../src/renderer/runs/run-input.ts';
import counts from '../fixtures/parameters.json' with { type: 'json' };
import { fetchBytes, inputOf } from './fixture-model.ts';
import { must } from './must.ts';
import { difference, readSafetensors, type StoredFile } from './safetensors.ts';

const REFERENCE = 'reference.safetensors';

/** The files of a fixture, and the outputs that the framework gave. @param listed addresses by file name */
export async function readFixture(
  listed: ReadonlyMap<string, string>,
): Promise<{ readonly files: Map<string, Uint8Array>; readonly reference: StoredFile }> {
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of listed) if (file !== REFERENCE) files.set(file, await fetchBytes(url));
  return { files, reference: readSafetensors(await fetchBytes(listed.get(REFERENCE))) };
}

/** That a model's diagram counts the parameters that PyTorch counts, where its config.json names a class. */
export function compareParameters(run: Run, fixture: string): void {
  const expected = (counts as Readonly<Record<string, number>>)[fixture];
  if (expected !== undefined) expect(parametersOf(must(run.facet('structure')))).toBe(expected);
}

/** A tensor of ids. */
export function idsOf(reference: StoredFile, name: string): number[] {
  return [...must(reference.tensors.get(name)).data];
}

/** The ids of a reference with their token types. */
export function pairOf(reference: StoredFile): RunInput {
  const types = idsOf(reference, 'token_type_ids');
  const input = inputOf(idsOf(reference, 'input_ids'));
  return {
    ...input,
    tokens: input.tokens.map((token, i) => ({ ...token, segment: types[i] === 1 ? 1 : 0 })),
  };
}

/**
 * |a − b| ≤ 2e-4 · max(1, max |b|), of attentions |a − b| ≤ 2e-5.
 * @returns the largest difference, by the same scale
 */
export async function compareActivation(run: Run, name: string, expected: Float32Array): Promise<number> {
  const { largest, scale } = difference(await must(run.activations.get(name)).read(), expected);
  const isAttention = name.includes('attentions');
  expect(largest, name).toBeLessThanOrEqual(isAttention ? 2e-5 : 2e-4 * Math.max(1, scale));
  return isAttention ? largest : largest / Math.max(1, scale);
}

/**
 * Every tensor of a reference against the run's activation of that name, and no activation is left over.
 * @param other tensors that are no activations of this run
 * @returns the largest differences, by the scale of their bounds
 */
export async function compareAll(
  run: Run,
  reference: StoredFile,
  other: RegExp,
): Promise<{ readonly attentions: number; readonly others: number }> {
  const most = { attentions: 0, others: 0 };
  let compared = 0;
  for (const [tensor, { shape, data }] of reference.tensors) {
    if (other.test(tensor)) continue;
    expect(run.activations.get(tensor)?.shape, tensor).toEqual(shape);
    const kind = tensor.includes('attentions') ? 'attentions' : 'others';
    most[kind] = Math.max(most[kind], await compareActivation(run, tensor, data));
    compared++;
  }
  expect(compared).toBe(run.activations.size);
  return most;
}

/** Disposes of everything; nothing of it may stay on the GPU. */
export function closeAll(gpu: Gpu, model: LoadedModel, ...runs: readonly Run[]): void {
  for (const run of runs) run.dispose();
  model.dispose();
  const { weights, activations, scratch } = gpu.memory();
  expect({ weights, activations, scratch }).toEqual({ weights: 0, activations: 0, scratch: 0 });
}
