/**
 * `npm run bench:parse`: seconds of the processor and MiB beyond the file that each format's dearest files take, each in a
 * process of its own, which has no more memory than the bound allows; `npm run bench:parse -- TEXT` picks them by name.
 * The bound is 2 s and 64 MiB.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

const [only = ''] = process.argv.slice(2);
const here = import.meta.dirname;
/** MiB of a process that has read nothing. */
const EMPTY = 12;
const BOUND = 64;
const place = mkdtempSync(join(tmpdir(), 'headgate-parse-'));
try {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: place,
      rolldownOptions: {
        input: { one: join(here, 'parse/one.ts'), files: join(here, 'parse/files.ts') },
        output: { entryFileNames: '[name].mjs' },
      },
    },
  });
  const { worstFiles } = await import(join(place, 'files.mjs'));
  const wanted = worstFiles.filter(({ format, what }) => `${format}: ${what}`.includes(only));
  console.log(`${'file'.padEnd(58)}${'MiB'.padStart(8)}${'s'.padStart(8)}${'beyond'.padStart(8)}`);
  for (const { format, what, entry, make } of wanted) {
    const folder = join(place, 'files');
    mkdirSync(folder);
    let size = 0;
    for (const [name, bytes] of Object.entries(make())) {
      writeFileSync(join(folder, name), bytes);
      size += bytes.length / 2 ** 20;
    }
    const heap = Math.ceil(EMPTY + BOUND + size);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        '--expose-gc',
        '--max-semi-space-size=1',
        `--max-old-space-size=${heap}`,
        join(place, 'one.mjs'),
        format,
        folder,
        entry,
      ],
      { encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true });
    const start = `${`${format}: ${what}`.padEnd(58)}${size.toFixed(0).padStart(8)}`;
    if (/heap out of memory/.test(stderr)) {
      console.log(`${start}       –  > ${BOUND}`);
      continue;
    }
    if (status !== 0) throw new Error(`${format}, ${what}: ${stderr}`);
    const { seconds, peak, result } = JSON.parse(stdout);
    const beyond = peak / 2 ** 20 - size;
    console.log(
      `${start}${seconds.toFixed(2).padStart(8)}${beyond.toFixed(0).padStart(8)}  ${result.slice(0, 100)}`,
    );
  }
} finally {
  rmSync(place, { recursive: true });
}
