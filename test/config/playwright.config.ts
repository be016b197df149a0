import { defineConfig } from '@playwright/test';
import { browserFlags, findBrowsers } from '../../src/main/browser.mjs';

const executablePath = findBrowsers()[0];

export default defineConfig({
  testDir: '../e2e',
  outputDir: '../../test-results/e2e',
  // The software GPU uses all cores for half of the time; two windows at once save a tenth of it.
  workers: 2,
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json']],
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 60_000,
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: browserFlags({ software: true }),
    },
    trace: 'off',
  },
});
