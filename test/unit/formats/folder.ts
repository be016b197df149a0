import type { ModelFolder } from '../../../src/common/formats/format.ts';
import { isMemberName } from '../../../src/common/formats/member-name.ts';
import { arraySource } from './make-safetensors.ts';

/** A folder in memory. Names that lead outside must never be asked for. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): ModelFolder {
  return {
    name: 'folder',
    names: Object.keys(files).filter((name) => !name.includes('/')),
    file(name) {
      if (!isMemberName(name)) throw new Error(`${name} was asked for`);
      const content = Object.hasOwn(files, name) ? files[name] : undefined;
      if (content === undefined) return Promise.resolve(null);
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      return Promise.resolve(arraySource(bytes, name));
    },
  };
}
