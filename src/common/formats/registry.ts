import type { Format } from './format.ts';

const modules = import.meta.glob<{ readonly format: Format }>('./*/index.ts', { eager: true });

/** The formats that Headgate reads, one folder each; the first that finds its files in a folder reads it. */
export const formats: readonly Format[] = Object.values(modules)
  .map(({ format }) => format)
  .sort((a, b) => a.rank - b.rank);
