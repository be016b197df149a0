import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { resolve } from 'node:path';

const root = import.meta.dirname;

/** Svelte's plugin looks for a config file in the renderer's folder; the options stand here instead. */
export const sveltePlugin = () => svelte({ configFile: false, compilerOptions: { runes: true } });

/** The development server's port: test/config/dev.mjs finds a free one. The page's socket must be told of it. */
const devPort = Number(process.env['HEADGATE_DEV_PORT'] ?? 5173);

export default defineConfig({
  main: {
    build: {
      // The command line runs in the user's Node, Electron's is newer.
      target: 'node20.19',
      outDir: 'out/main',
      externalizeDeps: false,
      rolldownOptions: {
        external: ['electron'],
        input: { index: resolve(root, 'src/main/index.ts'), cli: resolve(root, 'src/main/cli/cli.ts') },
        output: { format: 'es', entryFileNames: '[name].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rolldownOptions: {
        external: ['electron'],
        input: { preload: resolve(root, 'src/main/preload.ts') },
        // A sandboxed preload is loaded as CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    publicDir: false,
    plugins: [sveltePlugin()],
    worker: { format: 'es' },
    server: {
      host: '127.0.0.1',
      port: devPort,
      strictPort: true,
      fs: { allow: [root] },
      // In Electron the page's origin is not the server's.
      hmr: { protocol: 'ws', host: '127.0.0.1', clientPort: devPort },
    },
    build: {
      outDir: resolve(root, 'out/renderer'),
      target: 'es2023',
      // Small assets as files too: the content security policy allows no data: scripts or fonts.
      assetsInlineLimit: 0,
      rolldownOptions: { input: resolve(root, 'src/renderer/index.html') },
    },
  },
});
