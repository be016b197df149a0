/**
 * `npm test`: every check of the project; all of them run even when one fails. Those that do not disturb each other run two at
 * a time.
 * The last line counts them: `N passed, N failed, N skipped`. `npm test -- unit gpu` runs only the named steps.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { obtainBrowser } from '../src/main/launch/obtain-browser.mjs';

const root = join(import.meta.dirname, '..');
const results = join(root, 'test-results');
const config = (name) => join('test', 'config', name);

/** A check that passes or fails as a whole. */
const check = (name, command, ...args) => ({ name, command, args, counts: null });

/** A runner that counts its own tests and writes them to a JSON file. */
const vitest = (name) => ({
  name,
  command: 'vitest',
  args: [
    'run',
    '--config',
    config('vitest.config.ts'),
    '--project',
    `${name}*`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${join(results, `${name}.json`)}`,
  ],
  counts: () => {
    const report = JSON.parse(readFileSync(join(results, `${name}.json`), 'utf8'));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
  },
});

/** Steps that may run two at a time; one group after another. */
const GROUPS = [
  [
    // Checks plain TypeScript files too.
    check('types', 'svelte-check', '--tsconfig', './tsconfig.json', '--fail-on-warnings'),
    check('lint', 'eslint', '--config', config('eslint.config.js'), '.'),
    check('format', 'prettier', '--log-level', 'warn', '--check', '.'),
    check('rules', 'depcruise', '--config', config('dependency-cruiser.cjs'), 'src'),
    check('unused', 'knip', '--config', config('knip.json')),
    // What only tests use.
    check('unused-in-app', 'knip', '--config', config('knip.json'), '--production'),
  ],
  [check('build', 'electron-vite', 'build')],
  // Two have a browser of their own each, and much of their time is one thread that compiles shaders.
  [vitest('gpu'), vitest('parity'), vitest('unit')],
  [
    {
      name: 'e2e',
      command: 'playwright',
      args: ['test', '--config', config('playwright.config.ts')],
      counts: () => {
        const { stats } = JSON.parse(readFileSync(join(results, 'e2e.json'), 'utf8'));
        return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
      },
    },
  ],
];

const wanted = process.argv.slice(2);
const names = GROUPS.flat().map(({ name }) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No step is called ${unknown.join(', ')}. Steps: ${names.join(' ')}.`);
  process.exit(1);
}
const isWanted = ({ name }) => wanted.length === 0 || wanted.includes(name);

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const browser = await obtainBrowser();
const total = { passed: 0, failed: 0, skipped: 0 };
const broken = [];
for (const group of GROUPS) {
  const waiting = group.filter(isWanted);
  const isAlone = waiting.length === 1;
  await Promise.all(
    [1, 2].map(async () => {
      for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await take(step, isAlone);
    }),
  );
}

console.log(broken.length === 0 ? '\nEvery step passed.' : `\nFailed: ${broken.join(', ')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(broken.length === 0 ? 0 : 1);

/** Runs a step and counts it. @param isAlone what it says is shown at once; otherwise when it is done */
async function take(step, isAlone) {
  if (isAlone) console.log(`\n── ${step.name}`);
  const started = performance.now();
  const { status, said } = await run(step, isAlone);
  if (!isAlone) console.log(`\n── ${step.name}\n${said}`);
  const counts = countsOf(step, status);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  if (counts.failed > 0) broken.push(step.name);
  console.log(
    `── ${step.name}: ${counts.failed > 0 ? 'failed' : 'passed'} in ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
}

/** Runs one step with this project's tools; resolves with its exit status and what it said, where that is not shown. */
function run(step, isShown) {
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
    PLAYWRIGHT_JSON_OUTPUT_NAME: join(results, 'e2e.json'),
    ...(browser === null ? {} : { HEADGATE_CHROMIUM: browser }),
  };
  const child = spawn(step.command, step.args, {
    cwd: root,
    env,
    stdio: ['ignore', ...(isShown ? ['inherit', 'inherit'] : ['pipe', 'pipe'])],
    shell: process.platform === 'win32',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (said += text));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(error.message);
      resolve({ status: 1, said });
    });
    child.on('close', (code) => resolve({ status: code ?? 1, said }));
  });
}

/** A runner's own counts; a runner that failed without counting a failure counts as one. */
function countsOf(step, status) {
  const whole = { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  if (step.counts === null) return whole;
  try {
    const counts = step.counts();
    return { ...counts, failed: status === 0 ? counts.failed : Math.max(1, counts.failed) };
  } catch {
    return { ...whole, failed: 1, passed: 0 };
  }
}
