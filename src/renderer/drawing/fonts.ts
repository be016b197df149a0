import mono from 'dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf?url';
import monoBold from 'dejavu-fonts-ttf/ttf/DejaVuSansMono-Bold.ttf?url';
import sans from 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf?url';
import sansBold from 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf?url';

/** A face of a figure's text, with its file. */
export interface FontFile {
  readonly family: 'sans' | 'mono';
  readonly weight: 400 | 700;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FILES = [
  { family: 'sans', weight: 400, url: sans },
  { family: 'sans', weight: 700, url: sansBold },
  { family: 'mono', weight: 400, url: mono },
  { family: 'mono', weight: 700, url: monoBold },
] as const;

let loading: Promise<readonly FontFile[]> | null = null;

/**
 * The faces that figures are measured with. Loaded when the first figure is made; from then on the page knows them by
 * name, so that a picture looks the same whatever fonts the machine has.
 * @throws TypeError when the host does not answer
 */
export function loadFonts(): Promise<readonly FontFile[]> {
  loading ??= Promise.all(FILES.map(load)).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load({ family, weight, url }: (typeof FILES)[number]): Promise<FontFile> {
  const response = await fetch(url);
  if (!response.ok) throw new TypeError(`The font ${url} was not found.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const face = new FontFace(family === 'sans' ? 'DejaVu Sans' : 'DejaVu Sans Mono', bytes, {
    weight: String(weight),
  });
  document.fonts.add(await face.load());
  return { family, weight, bytes };
}
