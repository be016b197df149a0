/** A host under test, the model that it was started on, and what its replies are held against. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  ApiErrorSchema,
  AppStateSchema,
  MAX_RANGE,
  ModelDetailSchema,
  type ApiError,
  type ModelDetail,
} from '../../../src/common/contract.ts';

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** A host that was started on the model of `writeContractModel`, with settings of its own. */
export interface Target {
  call(
    method: string,
    path: string,
    options?: { readonly headers?: Record<string, string>; readonly body?: string | Uint8Array<ArrayBuffer> },
  ): Promise<Reply>;
  /** Path of the model's folder, which no reply may tell. */
  readonly folder: string;
}

export const CONFIG = '{"model_type": "gpt2", "n_layer": 1}';
export const CARD = '# A card\n';
/** Elements of the large tensor: its file is larger than one request may ask for, and has holes where the disk can. */
export const LARGE = MAX_RANGE / 4 + 1000;

/** Writes a model into `parent` and gives its folder. */
export function writeContractModel(parent: string): string {
  const folder = join(parent, 'contract-model');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), CONFIG);
  writeFileSync(join(folder, 'README.md'), CARD);
  writeFileSync(join(folder, 'tokenizer.json'), '{}');
  writeFileSync(join(folder, 'secret.txt'), 'not for pages');
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: { format: 'pt' },
      small: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      large: { dtype: 'F32', shape: [LARGE], data_offsets: [24, 24 + 4 * LARGE] },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(join(folder, 'model.safetensors'), 'w');
  writeSync(file, Buffer.concat([length, header, Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)]));
  ftruncateSync(file, 8 + header.length + 24 + 4 * LARGE);
  closeSync(file);
  return folder;
}

function json(reply: Reply): unknown {
  assert.match(reply.headers['content-type'] ?? '', /^application\/json/);
  assert.equal(reply.headers['cache-control'], 'no-store');
  return JSON.parse(new TextDecoder().decode(reply.bytes));
}

export function ok<T>(schema: v.GenericSchema<unknown, T>, reply: Reply): T {
  assert.equal(reply.status, 200, new TextDecoder().decode(reply.bytes));
  return v.parse(schema, json(reply));
}

/** Every error has one shape, and no path in it. */
export function refused(target: Target, reply: Reply, status: number, code: string): ApiError {
  const error = v.parse(v.strictObject(ApiErrorSchema.entries), json(reply));
  assert.deepEqual([reply.status, error.code], [status, code], error.message);
  assert.ok(error.message !== '' && error.hint !== '');
  assert.ok(!JSON.stringify(error).includes(target.folder));
  return error;
}

export async function startModel(target: Target): Promise<ModelDetail> {
  const { startModel: id, startError } = ok(AppStateSchema, await target.call('GET', '/api/state'));
  assert.equal(startError, null);
  return ok(ModelDetailSchema, await target.call('GET', `/api/models/${id ?? ''}`));
}

export async function filePath(target: Target, name: string): Promise<string> {
  const model = await startModel(target);
  const file = model.files.find((candidate) => candidate.name === name);
  assert.ok(file, name);
  return `/api/models/${model.id}/files/${file.id}`;
}

export const range = (target: Target, path: string, value: string) =>
  target.call('GET', path, { headers: { Range: value } });
export const put = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') => ({
  body,
  headers: { 'Content-Type': type },
});
