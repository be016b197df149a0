/** HDF5 files at the limits of their reader, alone and inside of Keras archives. */
import { zipSync } from 'fflate';
import { latin1, MIB, numbered, repeated, type WorstFile } from './bytes.ts';
import * as hdf5 from '../../unit/formats/make-hdf5.ts';

/** A dataset's header. */
const dataset = hdf5.header(hdf5.good);

/** Links to datasets of their own. */
function datasets(count: number): Uint8Array {
  const links = (first: number) =>
    Array.from({ length: count }, (_, k) => hdf5.link(`w${k}`, 0, hdf5.u64(first + k * dataset.length)));
  const begin = hdf5.behindOf(hdf5.good, links(0));
  return hdf5.hdf5(hdf5.good, links(begin), () => new Array<number[]>(count).fill(dataset).flat());
}

/** Attributes of the root group, each with as many texts of one byte as its message holds. */
function attributes(count: number, texts: number): Uint8Array {
  const name = [...hdf5.latin1('a'), 0];
  const type = [0x13, 0, 0, 0, ...hdf5.u32(1)];
  const space = [2, 1, 0, 1, ...hdf5.u64(texts)];
  const head = [3, 0, ...hdf5.u16(name.length), ...hdf5.u16(type.length), ...hdf5.u16(space.length), 0];
  const body = [...head, ...name, ...type, ...space, ...new Array<number>(texts).fill(0x78)];
  return hdf5.hdf5(
    hdf5.good,
    Array.from({ length: count }, () => [12, body] as const),
  );
}

/** A .keras archive with such a config; its weights are one dataset. */
function kerasOf(config: Uint8Array, size = 0): Uint8Array {
  const weights = hdf5.hdf5(hdf5.good, [], () => new Array<number>(0));
  const padded = new Uint8Array(Math.max(size, weights.length));
  padded.set(weights);
  return zipSync(
    { 'config.json': [config, { level: 0 }], 'model.weights.h5': padded },
    { level: size === 0 ? 0 : 6 },
  );
}

const keras = (what: string, entry: string, make: () => Uint8Array): WorstFile => ({
  format: 'keras',
  what,
  entry,
  make: () => ({ [entry]: make() }),
});
export const kerasFiles: readonly WorstFile[] = [
  keras('20,000 objects', 'model.h5', () => datasets(19_997)),
  keras('texts of one byte in attributes', 'model.h5', () => attributes(240, 65_000)),
  keras('a config of 16 MiB', 'model.keras', () => kerasOf(repeated(16 * MIB - 9, 'x', '{"a":"', '"}'))),
  keras('a config of 262,000 values', 'model.keras', () =>
    kerasOf(repeated(130_000, '{},0,', '{"class_name":"Sequential","config":{"layers":[', '0]}}')),
  ),
  keras('10,000 layers', 'model.keras', () =>
    kerasOf(
      numbered(
        9_999,
        (k) => `{"class_name":"Dense","config":{"name":"d${k}","units":1,"activation":"relu"}},`,
        '{"class_name":"Sequential","config":{"layers":[',
        '{}]}}',
      ),
    ),
  ),
  keras('16 MiB of packed weights', 'model.keras', () => kerasOf(latin1('{}'), 16 * MIB)),
];
