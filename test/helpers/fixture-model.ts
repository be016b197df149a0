/** Models of test/fixtures as the renderer opens them, without a host: the files come from Vite's server. */
import type { ByteSource } from '../../src/common/byte-source.ts';
import { readModel } from '../../src/common/read-model.ts';
import type { RunInput } from '../../src/renderer/runs/run-input.ts';
import type { WeightSource } from '../../src/renderer/models/weights.ts';
import { must } from './must.ts';
import type { Token } from '../../src/renderer/runs/run.ts';

/** A model of files in memory; `piece` is how many bytes a read yields at once. */
export async function memoryModel(
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
  piece = 64 * 1024,
): Promise<WeightSource> {
  const folder = {
    name,
    names: [...files.keys()],
    file: (file: string) => Promise.resolve(byteSource(file, files.get(file))),
  };
  const { detail, files: sources } = await readModel(folder, {
    id: name,
    source: 'opened',
    wanted: null,
    fileId: (file) => file,
  });
  return {
    model: detail,
    async *read(file, begin, end, signal) {
      for (let at = begin; at < end; at += piece) {
        signal.throwIfAborted();
        // What a format makes when it is read has a source of its own.
        yield await must(sources.get(file)).read(at, Math.min(at + piece, end));
      }
    },
  };
}

function byteSource(name: string, bytes: Uint8Array | undefined): ByteSource | null {
  if (bytes === undefined) return null;
  return { name, size: bytes.length, read: (begin, end) => Promise.resolve(bytes.slice(begin, end)) };
}

/** An input of ids alone. */
export function inputOf(ids: ArrayLike<number>): RunInput {
  const vocabulary = (id: number): Token => ({ id, text: String(id), span: null, special: false });
  return { text: '', tokens: Array.from(ids, vocabulary), vocabulary };
}

/**
 * Addresses of fixtures, as `import.meta.glob` lists them, by folder and then by file name.
 * @throws Error for two folders of one name, whose files would be mixed
 */
export function byFolder(urls: Readonly<Record<string, string>>): Map<string, Map<string, string>> {
  const folders = new Map<string, Map<string, string>>();
  const parents = new Map<string, string>();
  for (const [path, url] of Object.entries(urls)) {
    const parts = path.split('/');
    const [folder = '', name = ''] = parts.slice(-2);
    const parent = parts.slice(0, -2).join('/');
    if ((parents.get(folder) ?? parent) !== parent)
      throw new Error(`Two fixtures are called “${folder}”: in ${parents.get(folder)} and in ${parent}.`);
    parents.set(folder, parent);
    folders.set(folder, (folders.get(folder) ?? new Map<string, string>()).set(name, url));
  }
  return folders;
}

export async function fetchBytes(url = ''): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(url)).arrayBuffer());
}
