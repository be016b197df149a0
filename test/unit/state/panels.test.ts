import { expect, test } from 'vitest';
import { Panels } from '../../../src/renderer/state/window/panels.svelte.ts';

function panels() {
  const settings = {
    ...{ rail: true, inspector: true },
    setRail: (shown: boolean) => (settings.rail = shown),
    setInspector: (shown: boolean) => (settings.inspector = shown),
  };
  return { settings, panels: new Panels(settings) };
}
const shown = ({ rail, inspector }: Panels) => [rail, inspector];

test('in a wide window the panels are as they were set', () => {
  const { settings, panels: both } = panels();
  both.width = 1280;
  expect(shown(both)).toEqual([true, true]);
  both.toggle('rail');
  expect([...shown(both), settings.rail]).toEqual([false, true, false]);
});

test('in a narrow one they are over the panes, one at a time, and what was set stays', () => {
  const { settings, panels: both } = panels();
  both.width = 640;
  expect(shown(both)).toEqual([false, false]);
  both.toggle('rail');
  expect(shown(both)).toEqual([true, false]);
  both.toggle('inspector');
  expect(shown(both)).toEqual([false, true]);
  both.leave();
  expect(shown(both)).toEqual([false, false]);
  both.width = 1280;
  expect([...shown(both), settings.rail, settings.inspector]).toEqual([true, true, true, true]);
});
