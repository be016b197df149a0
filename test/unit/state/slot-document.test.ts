import { expect, test } from 'vitest';
import { saveSlot } from '../../../src/renderer/state/document/slot-document.ts';
import { opened } from './opened.ts';
import { settle } from './stand-ins.ts';

test('a model that is on its way is saved without what was made of the one before it', async () => {
  const { session } = await opened();
  Object.assign(session, { excerpt: 3, decode: { beams: 4 } });
  expect(saveSlot(session, null)).toMatchObject({ model: { id: 'a' }, excerpt: 3, decode: { beams: 4 } });
  void session.openById('b');
  await settle();
  expect(saveSlot(session, null)).toMatchObject({
    ...{ model: { id: 'b' }, excerpt: null, decode: null, changes: [], original: false, written: [] },
  });
});
