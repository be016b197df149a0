import { breath } from './breath.ts';
import type { Table, TableCell } from './table.ts';

/** Rows that are written at a time. */
const PIECE = 512;

/** A row of comma-separated values (RFC 4180): quoted where needed, CR LF at its end. */
export function csvLine(cells: readonly TableCell[]): string {
  return `${cells.map(field).join(',')}\r\n`;
}

/** A table as CSV in UTF-8. Goes in pieces, so that the window stays alive. @throws the signal's reason */
export async function csvOf(
  { columns, rows }: Pick<Table, 'columns' | 'rows'>,
  signal?: AbortSignal,
): Promise<Blob> {
  const parts = [csvLine(columns)];
  let piece: string[] = [];
  for (const row of rows) {
    piece.push(csvLine(row));
    if (piece.length < PIECE) continue;
    parts.push(piece.join(''));
    piece = [];
    await breath(signal);
  }
  return new Blob([...parts, ...piece], { type: 'text/csv' });
}

function field(value: TableCell): string {
  const text = value === null ? '' : typeof value === 'number' ? numberText(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The shortest text that reads back as the same float32, if the number is one; NaN and inf as Python writes them. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isInteger(value) || Math.fround(value) !== value) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    // eslint-disable-next-line no-restricted-syntax -- a number of a file, not one on screen
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}
