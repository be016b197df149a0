/** The embedding of a recurrent network among its tensors, by names and shapes. */
import type { Shapes } from './recognise-stack.ts';
import { isLayerName } from './recurrent-parts.ts';

/** The embedding: a table by its name, of the width that the first layer reads. */
export function tableOf(shapes: Shapes, inputs: number): string | null {
  const tables = [...shapes]
    .filter(([name, shape]) => shape.length === 2 && shape[1] === inputs && !isLayerName(name))
    .map(([name]) => name);
  for (const pattern of [/emb/i, /(^|\.)(encoder|wte|lookup|word_vectors?)\.weight$/i, /vectors?$|lookup/i]) {
    const [first] = tables.filter((name) => pattern.test(name) && !/_dp\./.test(name));
    if (first !== undefined) return first;
  }
  return numberedTable(shapes, tables);
}

/** In a Sequential the table is the matrix without a bias before the recurrent layer. */
function numberedTable(shapes: Shapes, tables: readonly string[]): string | null {
  const numberOf = (name: string) => /^(.*?)(\d+)\.[^.]+$/.exec(name)?.slice(1) ?? [];
  const layer = [...shapes.keys()].find(isLayerName) ?? '';
  const [place, number] = numberOf(layer);
  const before = tables.filter((name) => {
    const [ownPlace, own] = numberOf(name);
    const isBare = !shapes.has(name.replace(/weight$/, 'bias'));
    return isBare && ownPlace !== undefined && ownPlace === place && Number(own) < Number(number);
  });
  return before.length === 1 ? (before[0] ?? null) : null;
}

/** fastai keeps the table twice, under a module that drops words out. */
export function tableCopies(shapes: Shapes, table: string | null): string[] {
  const shape = shapes.get(table ?? '')?.join();
  return [...shapes].flatMap(([name, own]) =>
    /_dp\.emb\.weight$/.test(name) && own.join() === shape && name !== table ? [name] : [],
  );
}
