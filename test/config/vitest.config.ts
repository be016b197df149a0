import { playwright } from '@vitest/browser-playwright';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { sveltePlugin } from '../../electron.vite.config.ts';
import { browserFlags, findBrowser } from '../../src/main/browser.mjs';

const root = resolve(import.meta.dirname, '../..');
const executablePath = findBrowser();

/** Tests that need a real WebGPU device run in real Chromium. */
const browser = (name: string, include: string[]) => ({
  root,
  plugins: [sveltePlugin()],
  publicDir: false as const,
  // Known from the start: what Vite finds late makes it reload a test that runs.
  optimizeDeps: {
    include: [
      'd3-scale-chromatic',
      'three/webgpu',
      'three/tsl',
      'three/addons/lines/LineSegmentsGeometry.js',
      'three/addons/lines/webgpu/LineSegments2.js',
    ],
    exclude: ['@lucide/svelte'],
  },
  test: {
    name,
    include,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    browser: {
      enabled: true,
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
      {
        root,
        plugins: [sveltePlugin()],
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node', testTimeout: 30_000 },
      },
      browser('gpu', ['test/gpu/**/*.test.ts']),
      browser('parity', ['test/parity/**/*.test.ts']),
    ],
  },
});
