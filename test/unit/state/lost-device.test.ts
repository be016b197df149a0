import { describe, expect, test } from 'vitest';
import type { ModelDetail } from '../../../src/common/contract.ts';
import { HeadgateError } from '../../../src/common/error.ts';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { detail, settle } from './stand-ins.ts';

describe('a lost device', () => {
  test('comes back with the model and the run, and says so in one quiet line', async () => {
    const { session, first, notices, backend } = await opened();
    session.setText('in the middle');
    await settle();
    backend.lose('reset');
    await settle();
    expect(session.phase).toBe('loading');
    expect(session.quiet).toMatch(/lost/);
    expect(session.run).toBe(first);
    expect(backend.loads[1]).toMatchObject({ id: 'a', device: { name: 'device 2' } });
    const again = must(backend.loads[1]).finish();
    await settle();
    expect(last(again).input.text).toBe('in the middle');
    const run = last(again).finish();
    await settle();
    expect(session.run).toBe(run);
    expect(session.phase).toBe('ready');
    expect(session.quiet).toMatch(/is back/);
    expect(notices.list).toEqual([]);
  });

  test('a load that was under way starts over after it', async () => {
    const { session, backend } = await opened();
    void session.openById('b');
    await settle();
    backend.lose('reset');
    await settle();
    expect(must(backend.loads[1]).signal.aborted).toBe(true);
    expect(must(backend.loads[2]).id).toBe('a');
    must(backend.loads[2]).finish();
    await settle();
    expect(backend.loads[3]).toMatchObject({ id: 'b', device: { name: 'device 2' } });
    expect(session.loading?.model).toBe('b');
  });

  test('a load whose files were being found starts over after it, and after a second loss', async () => {
    let asked = 0;
    const model = (id: string): Promise<ModelDetail> =>
      id === 'b' && ++asked === 1 ? new Promise(() => undefined) : Promise.resolve(detail(id));
    const { session, backend } = await opened({ model });
    void session.openById('b');
    await settle();
    expect(asked).toBe(1);
    backend.lose('reset');
    await settle();
    expect(must(backend.loads[1]).id).toBe('a');
    backend.lose('reset');
    await settle();
    must(backend.loads[2]).finish();
    await settle();
    expect(backend.loads[3]).toMatchObject({ id: 'b', device: { name: 'device 3' } });
  });

  test('that does not come back is told, with a way to try again', async () => {
    const { session, slots, notices, backend } = await opened();
    backend.deviceErrors.push(new HeadgateError('no-gpu-adapter', 'None.', 'Update.'));
    backend.lose('unplugged');
    await settle();
    expect(slots.device.state.kind).toBe('failed');
    expect(session.phase).toBe('error');
    expect(notices.list).toMatchObject([{ origin: 'gpu', error: { code: 'no-gpu-adapter' } }]);
    must(must(notices.list[0]).action).run();
    await settle();
    expect(slots.device.state.kind).toBe('ready');
    expect(backend.loads).toHaveLength(2);
  });

  test('however often it is lost, it comes back where the window became ready between', async () => {
    const { session, slots, notices, backend } = await opened();
    for (let i = 0; i < 8; i += 1) {
      backend.lose('killed');
      await settle();
      const model = must(backend.loads.at(-1)).finish();
      await settle();
      last(model).finish();
      await settle();
      expect(session.phase).toBe('ready');
      slots.device.hasSettled();
    }
    expect(slots.device.state.kind).toBe('ready');
    expect(notices.list).toEqual([]);
  });

  test('what fails while there is no device is no defect that is told', async () => {
    const { session, slots, notices, backend } = await opened();
    backend.deviceErrors.push(new HeadgateError('no-gpu-adapter', 'None.', 'Update.'));
    backend.lose('unplugged');
    await settle();
    expect(slots.device.state.kind).toBe('failed');
    session.notices.fail('run', new Error('Instance dropped error in getCompilationInfo'));
    expect(notices.list).toMatchObject([{ origin: 'gpu' }]);
    session.notices.fail('open', new HeadgateError('missing-file', 'No config.json.', 'Add it.'));
    expect(notices.list).toHaveLength(2);
  });

  test('again and again ends in an error instead of a loop', async () => {
    const { slots, notices, backend } = await opened();
    for (let i = 0; i < 4; i += 1) {
      backend.lose('reset');
      await settle();
      must(backend.loads.at(-1)).finish();
      await settle();
    }
    expect(slots.device.state.kind).toBe('failed');
    expect(backend.devices).toBe(4);
    expect(notices.list).toMatchObject([{ origin: 'gpu', error: { code: 'device-lost' } }]);
  });
});
