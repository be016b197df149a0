/** Lists that are one stop of Tab (src/renderer/common/roving.ts), in a real page. */
import { expect, test } from 'vitest';
import { roving } from '../../../src/renderer/common/roving.ts';
import { must } from '../../helpers/must.ts';

/** A list of rows with two buttons each. */
function listOf(rows: number): HTMLElement {
  const list = document.createElement('ul');
  for (let row = 0; row < rows; row++) list.append(rowOf(row));
  document.body.replaceChildren(list);
  return list;
}

function rowOf(row: number): HTMLElement {
  const item = document.createElement('li');
  item.innerHTML = `<button>${row}</button><button>open ${row}</button>`;
  return item;
}

const stops = (list: HTMLElement) =>
  [...list.querySelectorAll('button')].filter(({ tabIndex }) => tabIndex === 0).map((stop) => stop.innerText);
const press = (key: string) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  must(document.activeElement).dispatchEvent(event);
  return [must(document.activeElement).textContent, event.defaultPrevented];
};

test('Tab comes to the chosen stop, then to the one that was left; arrows go on from there', () => {
  const list = listOf(20);
  must(list.querySelectorAll('button')[6]).setAttribute('aria-current', 'true');
  const end = roving('li')(list);
  expect(stops(list)).toEqual(['3']);
  must(list.querySelector<HTMLElement>('[aria-current]')).focus();
  expect(press('ArrowDown')).toEqual(['4', true]);
  expect(press('ArrowRight')).toEqual(['open 4', true]);
  expect(press('End')).toEqual(['open 19', true]);
  expect(press('PageUp')).toEqual(['open 9', true]);
  expect(press('Enter')).toEqual(['open 9', false]);
  expect(stops(list)).toEqual(['open 9']);
  end();
});

test('a list that changes keeps one stop', async () => {
  const list = listOf(3);
  const end = roving('li')(list);
  must(list.querySelectorAll('button')[2]).focus();
  expect(stops(list)).toEqual(['1']);
  must(list.children[1]).remove();
  await expect.poll(() => stops(list)).toEqual(['0']);
  list.prepend(rowOf(7));
  await expect.poll(() => stops(list)).toEqual(['7']);
  list.replaceChildren();
  list.append(rowOf(8));
  await expect.poll(() => stops(list)).toEqual(['8']);
  end();
});
