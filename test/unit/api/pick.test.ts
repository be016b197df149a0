import * as v from 'valibot';
import { expect, test } from 'vitest';
import { AppStateSchema, PickResultSchema } from '../../../src/common/contract.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';
import { testApi } from './test-host.ts';

/** A host whose dialog answers with this path. */
async function picking(path: string | null) {
  const api = await testApi(temporaryFolder(), null, {
    host: 'electron',
    pickFolder: () => Promise.resolve(path),
  });
  return (method: string, route: string) => api(new Request(`app://headgate${route}`, { method }));
}

test('a host with dialogs says so', async () => {
  const call = await picking(null);
  const state = v.parse(AppStateSchema, await (await call('GET', '/api/state')).json());
  expect(state.capabilities).toEqual({ pickFolder: true, sessionFiles: false });
});

test('a picked folder is opened and listed', async () => {
  const call = await picking(temporaryFolder({ 'model.safetensors': safetensorsOf({ a: [1] }) }));
  const { model } = v.parse(PickResultSchema, await (await call('POST', '/api/models/pick')).json());
  expect(model?.tensors.map(({ name }) => name)).toEqual(['a']);
  expect(await (await call('GET', '/api/models')).json()).toMatchObject([
    { id: model?.id, source: 'opened' },
  ]);
});

test('a dialog that is closed picks nothing', async () => {
  const call = await picking(null);
  expect(await (await call('POST', '/api/models/pick')).json()).toEqual({ model: null });
});

test('a picked folder that is no model says so', async () => {
  const call = await picking(temporaryFolder());
  const response = await call('POST', '/api/models/pick');
  expect([response.status, await response.json()]).toEqual([
    422,
    expect.objectContaining({ code: 'no-weights' }),
  ]);
});
