import { basename, resolve } from 'node:path';
import { build } from 'vite';

/** Makes a module of src/main one that a plain Node process can import: `NAME.mjs` in a folder. */
export async function buildModule(module: string, folder: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: resolve(import.meta.dirname, '../../../src/main', module),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: `${basename(module, '.ts')}.mjs` } },
    },
  });
}
