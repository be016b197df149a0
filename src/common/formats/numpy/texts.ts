import { quote, HeadgateError } from '../../error.ts';
import type { ModelFolder } from '../format.ts';
import { readZip } from '../zip/archive.ts';
import { memberSource } from '../zip/member.ts';
import { readNpy } from './array.ts';

/** Texts at most, and characters of the longest. */
const MOST = 2 ** 18;
const LONGEST = 1000;

/**
 * Arrays of texts in an `.npz`, as numpy writes lists of strings (`<U12`: four bytes a character); what is none is left out.
 * @throws HeadgateError of the zip's or the array's rule
 */
export async function readNpyTexts(
  folder: ModelFolder,
  entry: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const source = await folder.file(entry);
  const texts = new Map<string, readonly string[]>();
  if (source === null) return texts;
  for (const member of (await readZip(source)).values()) {
    const name = member.name.replace(/\.npy$/i, '');
    if (!names.includes(name)) continue;
    const bytes = memberSource(source, member, `${entry}/${member.name}`);
    const { descr, shape, begin } = await readNpy(bytes);
    const width = Number(/^<U(\d{1,6})$/.exec(descr)?.[1] ?? 0);
    const [count = 0] = shape;
    if (width === 0 || width > LONGEST || shape.length !== 1 || count > MOST) continue;
    if (begin + count * width * 4 !== bytes.size)
      throw new HeadgateError(
        'npy-size',
        `${quote(bytes.name)} has ${count} texts of ${width} characters, but ${bytes.size - begin} bytes follow its header.`,
        'The file is damaged or was written wrongly: save or download it again.',
      );
    const codes = new Uint32Array((await bytes.read(begin, bytes.size)).slice().buffer);
    texts.set(
      name,
      Array.from({ length: count }, (_, i) =>
        String.fromCodePoint(
          ...[...codes.subarray(i * width, (i + 1) * width)].filter((code) => code > 0 && code < 0x110000),
        ),
      ),
    );
  }
  return texts;
}
