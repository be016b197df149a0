/** Downloads that failed lately, so that the next start does not wait for them again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './folders.mjs';

const DAY = 24 * 60 * 60 * 1000;

/**
 * @typedef {object} Failures
 * @property {(what: string) => boolean} recent whether `what` failed within a day
 * @property {(what: string) => void} remember
 * @property {(what: string) => void} forget
 */

/**
 * The list of failures in a JSON file: a name and a time each. A list that can't be read is empty, one that can't be
 * written is not kept.
 * @param {string} file
 * @param {() => number} now milliseconds
 * @returns {Failures}
 */
export function failures(file = join(cacheFolder(), 'failed-downloads.json'), now = Date.now) {
  const read = () => {
    try {
      const list = JSON.parse(readFileSync(file, 'utf8'));
      return typeof list === 'object' && list !== null ? list : {};
    } catch {
      return {};
    }
  };
  const write = (/** @type {Record<string, number>} */ list) => {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(list));
    } catch {
      // A folder without write access: the next start tries again.
    }
  };
  return {
    recent(what) {
      const age = now() - Number(read()[what] ?? Number.NaN);
      return age >= 0 && age < DAY;
    },
    remember(what) {
      write({ ...read(), [what]: now() });
    },
    forget(what) {
      const { [what]: found, ...rest } = read();
      if (found !== undefined) write(rest);
    },
  };
}
