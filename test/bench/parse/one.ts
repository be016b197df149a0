/** Reads one of the worst files, which lies in a folder on the disk, in a process of its own. */
import { open } from 'node:fs/promises';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadgateError } from '../../../src/common/error.ts';
import type { ModelFolder } from '../../../src/common/formats/format.ts';
import { formats } from '../../../src/common/formats/registry.ts';

const [id = '', folderPath = '', entry = ''] = process.argv.slice(2);

function folderAt(path: string): ModelFolder {
  return {
    name: 'folder',
    names: readdirSync(path),
    file(name) {
      const at = join(path, name);
      if (!existsSync(at)) return Promise.resolve(null);
      const { size } = statSync(at);
      return Promise.resolve({
        name,
        size,
        async read(begin, end) {
          const file = await open(at);
          try {
            const bytes = new Uint8Array(end - begin);
            await file.read(bytes, 0, bytes.length, begin);
            return bytes;
          } finally {
            await file.close();
          }
        },
      });
    },
  };
}

/** Linux forgets the largest size of a process when asked; elsewhere it counts from its start. */
function forgetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

/** The largest size that the process had, in bytes. */
function peakOf(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

const format = formats.find((one) => one.id === id);
if (format === undefined) throw new Error(`There is no format ${id}.`);
const folder = folderAt(folderPath);
globalThis.gc?.();
forgetPeak();
const before = process.memoryUsage().rss;
const start = process.cpuUsage();
let result: string;
try {
  const { tensors } = await format.read(folder, entry);
  result = `${tensors.length} tensors`;
} catch (error) {
  if (!(error instanceof HeadgateError)) throw error;
  result = `${error.code}: ${error.message}`;
}
const { user, system } = process.cpuUsage(start);
const seconds = (user + system) / 1e6;
const peak = peakOf() - before;
console.log(JSON.stringify({ seconds, peak, result }));
