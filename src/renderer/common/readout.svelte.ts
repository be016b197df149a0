import type { AttentionMap } from '../runs/run.ts';
import { maskDiagonal } from './attention-display.svelte.ts';
import { Computed } from './computed.svelte.ts';
import { formatValue } from './numbers.ts';
import { patternRows, strongestKey } from './pattern-rows.ts';
import { headName, tokenName } from './tokens.ts';

/** A cell of a head's pattern; without a key, the query's strongest key is told. */
export interface Cell {
  readonly map: AttentionMap;
  readonly layer: number;
  readonly head: number;
  readonly query: number;
  readonly key: number | null;
  /** First key that may be the strongest. */
  readonly firstKey: number;
}

/** What a cell holds. */
export interface CellValue extends Cell {
  readonly key: number;
  /** True when the key was chosen as the strongest. */
  readonly strongest: boolean;
  readonly weight: number;
  /** True when the query can't see the key. */
  readonly masked: boolean;
}

/** The value of the cell that is looked at, read from the GPU; the last one stays until the next is there. */
export class Readout {
  readonly #value: Computed<Cell, CellValue>;

  /** @param cell reactive: the cell that is looked at; null: none is */
  constructor(cell: () => Cell | null) {
    this.#value = new Computed(cell, valueOf);
  }

  get value(): CellValue | null {
    return this.#value.value;
  }

  /** One sentence for people who do not see the picture; empty when nothing is looked at. */
  get sentence(): string {
    return this.value === null ? '' : sentence(this.value);
  }

  close(): void {
    this.#value.close();
  }
}

async function valueOf(cell: Cell): Promise<CellValue> {
  const { map, layer, head, query, firstKey } = cell;
  const row = await patternRows(map).row(layer, head, query);
  const key = cell.key ?? strongestKey(row, firstKey);
  const diagonal = maskDiagonal(map);
  return {
    ...cell,
    key,
    strongest: cell.key === null,
    weight: row[key] ?? NaN,
    masked: diagonal !== null && key > query + diagonal,
  };
}

function sentence({ map, layer, head, query, key, weight, strongest, masked }: CellValue): string {
  const names = `${tokenName(map.queries, query)} → ${tokenName(map.keys, key)}`;
  return `${headName(layer, head)}: ${strongest ? 'strongest ' : ''}${names} ${masked ? 'masked' : formatValue(weight)}`;
}
