import { playwright } from '@vitest/browser-playwright';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { sveltePlugin } from '../../electron.vite.config.ts';
import { browserFlags, findBrowsers } from '../../src/main/browser.mjs';

// Vitest's reporter calls it after a failed test; Node has it from 21 on.
if (!('groupBy' in Map)) Object.assign(Map, { groupBy });

const root = resolve(import.meta.dirname, '../..');
const executablePath = findBrowsers()[0];

function groupBy<Item, Key>(
  items: Iterable<Item>,
  keyOf: (item: Item, index: number) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

const UNIT = 'test/unit/**/*.test.ts';
const MOCKING = ['test/unit/launch/open.test.ts'];

/** Tests that need Node alone. */
const unit = (name: string, files: { include: string[]; exclude?: string[]; isolate: boolean }) => ({
  root,
  plugins: [sveltePlugin()],
  test: { name, environment: 'node', testTimeout: 30_000, ...files },
});

/** Tests that need a real WebGPU device run in real Chromium. */
const browser = (name: string, include: string[]) => ({
  root,
  plugins: [sveltePlugin()],
  publicDir: false as const,
  // Known from the start: what Vite finds late makes it reload a test that runs.
  optimizeDeps: {
    include: [
      '@huggingface/tokenizers',
      'axe-core',
      'bits-ui',
      'd3-scale',
      'd3-scale-chromatic',
      'fflate',
      'fflate/browser',
      'jspdf',
      'three/webgpu',
      'three/tsl',
      'three/addons/lines/LineSegmentsGeometry.js',
      'three/addons/lines/webgpu/LineSegments2.js',
      'valibot',
    ],
    exclude: ['@lucide/svelte'],
  },
  test: {
    name,
    include,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    // Files share modules and a device, so that each kernel is compiled once.
    isolate: false,
    browser: {
      enabled: true,
      connectTimeout: 180_000,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          ...(executablePath === null ? {} : { executablePath }),
          args: browserFlags({ software: true }),
        },
      }),
      instances: [{ browser: 'chromium' as const }],
    },
  },
});

export default defineConfig({
  root,
  test: {
    projects: [
      // Files share modules; those that put others in their place can't.
      unit('unit', { include: [UNIT], exclude: MOCKING, isolate: false }),
      unit('unit-apart', { include: MOCKING, isolate: true }),
      browser('gpu', ['test/gpu/**/*.test.ts']),
      browser('parity', ['test/parity/**/*.test.ts']),
    ],
  },
});
