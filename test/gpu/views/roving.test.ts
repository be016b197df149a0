/** Lists that are one stop of Tab (src/renderer/common/roving.ts), in a real page. */
import { expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
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
/** Presses a key, and tells what has the focus then. */
async function press(key: string): Promise<string | null> {
  await userEvent.keyboard(`{${key}}`);
  return must(document.activeElement).textContent;
}

test('Tab comes to the chosen stop, then to the one that was left; arrows go on from there', async () => {
  const list = listOf(20);
  must(list.querySelectorAll('button')[6]).setAttribute('aria-current', 'true');
  const end = roving('li')(list);
  expect(stops(list)).toEqual(['3']);
  expect(await press('Tab')).toBe('3');
  expect(await press('ArrowDown')).toBe('4');
  expect(await press('ArrowRight')).toBe('open 4');
  expect(await press('End')).toBe('open 19');
  expect(await press('PageUp')).toBe('open 9');
  expect(stops(list)).toEqual(['open 9']);
  end();
});

test('after a click the window has left and right for itself', async () => {
  const list = listOf(3);
  const end = roving('li')(list);
  await userEvent.click(must(list.querySelectorAll('button')[2]));
  expect(await press('ArrowRight')).toBe('1');
  expect(await press('ArrowDown')).toBe('2');
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
