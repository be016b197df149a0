/**
 * `npm run bench`: ours and each peer in the same page session of real Chromium, in turns; medians and ratios.
 * `npm run bench -- TEXT` picks rows by name; `npm run -s bench -- --json FILE` also writes the rows; `--rounds N`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { browserFlags } from '../../src/main/browser.mjs';
import { obtainBrowser } from '../../src/main/launch/obtain-browser.mjs';

const {
  values: options,
  positionals: [only = ''],
} = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
  },
});

const here = import.meta.dirname;

/** What the row `upload` reads: bytes of a file of 256 MB that lies in memory, by ranges, as the app's host serves them. */
const file = Buffer.alloc(256 * 2 ** 20, 1);
function serveBytes(request, response) {
  const query = new URL(request.url, 'http://localhost').searchParams;
  const bytes = file.subarray(Number(query.get('begin')), Number(query.get('end')));
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length });
  response.end(bytes);
}
if (!existsSync(join(here, 'node_modules'))) {
  console.error('Installing the peers (first run) …');
  const install = spawnSync('npm', ['ci', '--prefix', here], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (install.status !== 0) process.exit(1);
}

const server = await createServer({
  root: join(here, '../..'),
  configFile: false,
  logLevel: 'error',
  publicDir: false,
  plugins: [
    {
      name: 'bench-bytes',
      configureServer: ({ middlewares }) => void middlewares.use('/bench/bytes', serveBytes),
    },
  ],
  appType: 'mpa',
  server: {
    host: '127.0.0.1',
    hmr: false,
    watch: null,
    // Cross-origin isolation gives the peers' WebAssembly its threads and everybody a finer clock.
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  cacheDir: join(here, 'node_modules/.vite'),
  // Found before the page loads: a late find would reload it in the middle of a measurement.
  optimizeDeps: { exclude: ['onnxruntime-web'], entries: ['test/bench/page/index.html'] },
});
await server.listen();
const address = server.resolvedUrls?.local[0];
const executablePath = await obtainBrowser();
const browser = await chromium.launch({
  ...(executablePath === null ? {} : { executablePath }),
  args: [...browserFlags(), '--enable-webgpu-developer-features'],
});
try {
  const page = await browser.newPage();
  page.on('console', (message) => console.error(message.text()));
  page.on('pageerror', (error) => console.error(error.message));
  await page.goto(`${address}test/bench/page/index.html`);
  await page.waitForFunction(() => 'bench' in globalThis, null, { timeout: 180_000 });
  const report = await page.evaluate((request) => globalThis.bench(request), {
    only,
    rounds: Number(options.rounds),
  });
  print(report);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, null, 2) + '\n');
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);

/** The table, for people. */
function print(report) {
  console.log(`Adapter: ${report.adapter}`);
  console.log(
    `Peers: ${Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  );
  const ms = (value) => (Number.isFinite(value) ? value.toFixed(2) : '–').padStart(10);
  console.log(
    `${'row'.padEnd(58)}${'ours ms'.padStart(10)}${'peer ms'.padStart(10)}${'ratio'.padStart(8)}${'target'.padStart(8)}  peer`,
  );
  for (const row of report.rows) {
    const ratio = Number.isFinite(row.ratio) ? row.ratio.toFixed(2) : '–';
    const memory = row.bytes === undefined ? '' : `  (${(row.bytes / 1e6).toFixed(0)} MB)`;
    const speed =
      row.tokens_per_second === undefined
        ? ''
        : `  (${row.tokens_per_second.toFixed(1)} tokens/s, peer ${row.peer_tokens_per_second.toFixed(1)})`;
    const peak =
      row.peak_fraction === undefined ? '' : `  (${(100 * row.peak_fraction).toFixed(1)} % of peak)`;
    const submit =
      row.longest_submit_ms === undefined ? '' : `  (longest submit ${row.longest_submit_ms.toFixed(0)} ms)`;
    console.log(
      `${row.name.padEnd(58)}${ms(row.ours_ms)}${ms(row.peer_ms)}${ratio.padStart(8)}${String(row.target === undefined ? '' : Number(row.target.toFixed(2))).padStart(8)}  ${row.peer}${peak}${memory}${submit}${speed}`,
    );
    for (const [name, value] of Object.entries(row.peers))
      if (typeof value === 'string') console.log(`    ${name}: ${value}`);
  }
  if (report.profile !== null) printProfile(report.profile, report.peaks);
}

/** What each kernel of a pass takes, and its share of the device's peaks. */
function printProfile({ name, rows }, { flopPerSecond, bytesPerSecond }) {
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(
    `\n${name}, kernel by kernel: ${total.toFixed(1)} ms. Peaks: ${(flopPerSecond / 1e9).toFixed(1)} GFLOP/s, ` +
      `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`,
  );
  console.log(
    `${'kernel'.padEnd(32)}${'calls'.padStart(6)}${'ms'.padStart(10)}${'MFLOP'.padStart(10)}${'MB'.padStart(10)}${'of peak'.padStart(10)}`,
  );
  for (const { label, dispatches, milliseconds, flop, bytes, peakFraction } of rows)
    console.log(
      `${label.padEnd(32)}${String(dispatches).padStart(6)}${milliseconds.toFixed(2).padStart(10)}${(flop / 1e6).toFixed(1).padStart(10)}${(bytes / 1e6).toFixed(1).padStart(10)}${(peakFraction === null ? '–' : `${(100 * peakFraction).toFixed(1)} %`).padStart(10)}`,
    );
}
