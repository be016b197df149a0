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
