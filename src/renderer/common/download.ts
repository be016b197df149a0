/** Offers a file to the user's download folder. */
export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has taken the bytes by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** As `saveBlob`, for names that are made of anything. */
function save(name: string, blob: Blob): void {
  saveBlob(name.replaceAll(/[^\p{L}\p{N}._ -]+/gu, '-'), blob);
}

/**
 * Draws a picture and saves it as PNG.
 * @param name without its ending
 * @param width, height in pixels of the picture
 */
export async function savePng(
  name: string,
  width: number,
  height: number,
  draw: (context: CanvasRenderingContext2D) => void,
): Promise<void> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser gave no 2D canvas.');
  draw(context);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error(`A picture of ${canvas.width} × ${canvas.height} pixels is too large.`);
  save(`${name}.png`, blob);
}

/** Saves a text. @param name with its ending */
export function saveText(name: string, text: string, type: string): void {
  save(name, new Blob([text], { type }));
}

/** Saves rows as comma-separated values (RFC 4180). @param name without its ending */
export function saveCsv(name: string, rows: readonly (readonly (string | number)[])[]): void {
  save(`${name}.csv`, new Blob([csv(rows)], { type: 'text/csv' }));
}

/** Rows as comma-separated values: quoted where needed, CR LF between rows. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
