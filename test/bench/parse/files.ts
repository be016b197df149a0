/**
 * The dearest files that each format's limits let through, for `npm run bench:parse` and the tests of the bounds: made of
 * a few bytes that are repeated, since honest weights cost a parser nothing.
 */
import { zipSync } from 'fflate';
import {
  joined,
  latin1,
  MIB,
  npy,
  numbered,
  repeated,
  u32,
  u64,
  withLength,
  type WorstFile,
} from './bytes.ts';
import { captureFiles } from './captures.ts';
import { kerasFiles } from './hdf5.ts';

const safetensors = (what: string, header: () => Uint8Array): WorstFile => ({
  format: 'safetensors',
  what,
  entry: 'model.safetensors',
  make: () => ({ 'model.safetensors': withLength(header()) }),
});
const pickle = (what: string, make: () => Uint8Array): WorstFile => ({
  format: 'pytorch',
  what,
  entry: 'model.pt',
  make: () => ({
    'model.pt': zipSync({ 'm/data.pkl': make(), 'm/data/0': new Uint8Array(8) }, { level: 0 }),
  }),
});
const STORAGE = '(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI2\ntQ';
const gguf = (what: string, entries: string, count: number, tensors = '', tensorCount = 0): WorstFile => ({
  format: 'gguf',
  what,
  entry: 'model.gguf',
  make: () => ({
    'model.gguf': latin1(
      'GGUF' + u32(3) + u64(tensorCount) + u64(count) + entries + tensors + '\0'.repeat(64),
    ),
  }),
});
const text = (value: string) => u64(value.length) + value;
const ggufTexts = (key: string, texts: number, piece: (k: number) => string) =>
  text(key) + u32(9) + u32(8) + u64(texts) + Array.from({ length: texts }, (_, k) => text(piece(k))).join('');

export const worstFiles: readonly WorstFile[] = [
  safetensors('131,000 tensors', () =>
    numbered(
      131_000,
      (k) => `${k === 0 ? '' : ','}"${k}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
      '{',
      '}',
    ),
  ),
  safetensors('100 MB of spaces', () => repeated(99_999_990, ' ', '{', '}')),
  safetensors('48 MB of one text', () => repeated(50_000_000, 'x', '{"__metadata__":{"a":"', '"}}')),
  safetensors('48 MB of text that is not latin', () =>
    repeated(16_000_000, '\xe6\x9d\xb1', '{"__metadata__":{"a":"', '"}}'),
  ),
  safetensors('500,000 texts', () =>
    numbered(500_000, (k) => `${k === 0 ? '' : ','}"${k}":""`, '{"__metadata__":{', '}}'),
  ),
  pickle('whole numbers', () => repeated(870_000, 'K\x01', '](', 'e.')),
  pickle('long numbers', () => repeated(650_000, '\x8a\x08\x01\x01\x01\x01\x01\x01\x01\x7f', '](', 'e.')),
  pickle('floating-point numbers', () => repeated(650_000, 'G\x3f\xf0\x01\0\0\0\0\0', '](', 'e.')),
  pickle('lists', () => repeated(370_000, ']', '](', 'e.')),
  pickle('dictionaries', () => repeated(145_000, '}', '](', 'e.')),
  pickle('sets', () => repeated(145_000, '\x8f', '](', 'e.')),
  pickle('texts', () => repeated(470_000, 'X\x04\0\0\0abcd', '](', 'e.')),
  pickle('texts that are not latin', () => repeated(500_000, 'X\x03\0\0\0\xe6\x9d\xb1', '](', 'e.')),
  pickle('entries', () => numbered(420_000, (k) => `J${u32(k)}N`, '}(', 'u.')),
  pickle('memo', () => repeated(650_000, 'N\x94', '](', 'e.')),
  pickle('objects', () => repeated(66_000, 'h\0)\x81', '](cmine\nThing\nq\x000', 'e.')),
  pickle('states', () => repeated(45_000, 'h\0)\x81}b', '](cmine\nThing\nq\x000', 'e.')),
  pickle('nothing for long', () => repeated(4_900_000, 'N0', '', 'N.')),
  pickle('20 MiB of text', () => repeated(19 * MIB, 'x', `X${u32(19 * MIB)}`, '.')),
  pickle('bytes of text', () =>
    repeated(11 * MIB, 'x', `c_codecs\nencode\n(X${u32(11 * MIB)}`, 'Vlatin1\ntR.'),
  ),
  pickle('tensors', () =>
    numbered(
      40_000,
      (k) => `X${u32(6)}${String(k).padStart(6, '0')}h\x01(h\0I0\n(t(tI00\nNtR`,
      `${STORAGE}q\x000ctorch._utils\n_rebuild_tensor_v2\nq\x010}(`,
      'u.',
    ),
  ),
  {
    format: 'pytorch',
    what: 'legacy: whole numbers',
    entry: 'model.pt',
    make: () => ({ 'model.pt': repeated(870_000, 'K\x01', '\x80\x02](', 'e.') }),
  },
  {
    format: 'numpy',
    what: '32,768 arrays',
    entry: 'model.npz',
    make: () => {
      const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }\n";
      const array = latin1(`\x93NUMPY\x01\0${String.fromCharCode(header.length, 0)}${header}`);
      return {
        'model.npz': zipSync(
          Object.fromEntries(Array.from({ length: 32_768 }, (_, k) => [`${k}.npy`, array])),
          {
            level: 0,
          },
        ),
      };
    },
  },
  gguf(
    '600,000 empty texts',
    ggufTexts('a', 600_000, () => ''),
    1,
  ),
  gguf(
    '65,536 entries',
    Array.from({ length: 65_536 }, (_, k) => text(String(k)) + u32(0) + 'x').join(''),
    65_536,
  ),
  gguf('16 MiB of numbers', text('a') + u32(9) + u32(0) + u64(16 * MIB) + 'x'.repeat(16 * MIB), 1),
  gguf('16 MiB of one text', text('a') + u32(8) + text('x'.repeat(16 * MIB)), 1),
  gguf(
    '65,536 tensors',
    '',
    0,
    Array.from({ length: 65_536 }, (_, k) => text(String(k)) + u32(1) + u64(0) + u32(0) + u64(0)).join(''),
    65_536,
  ),
  // Of llama's, 680,000 are two others together; the rest are none.
  ...['gpt2', 'llama', 't5', 'bert'].map((kind) =>
    gguf(
      `300,000 pieces of ${kind}`,
      text('general.architecture') +
        u32(8) +
        text('llama') +
        text('tokenizer.ggml.model') +
        u32(8) +
        text(kind) +
        ggufTexts('tokenizer.ggml.tokens', 300_000, (k) => (k < 159_000 ? `${k}` : `x${k}`)) +
        ggufTexts('tokenizer.ggml.merges', 600_000, (k) => `${k} ${k + 1}`) +
        text('tokenizer.ggml.scores') +
        u32(9) +
        u32(6) +
        u64(300_000) +
        '\0'.repeat(1_200_000) +
        ['attention.head_count', 'embedding_length', 'block_count', 'feed_forward_length']
          .map((key) => text(`llama.${key}`) + u32(4) + u32(2))
          .join(''),
      9,
    ),
  ),
  {
    format: 'onnx',
    what: '65,500 nodes',
    entry: 'model.onnx',
    make: () => ({ 'model.onnx': onnx(repeated(65_500, '\x0a\x00')) }),
  },
  {
    format: 'onnx',
    what: 'nodes of 500,000 fields',
    entry: 'model.onnx',
    make: () => ({
      'model.onnx': onnx(repeated(26, '\x0a' + varint(2 * 19_000) + '\x0a\x00'.repeat(19_000))),
    }),
  },
  {
    format: 'onnx',
    what: 'tensors',
    entry: 'model.onnx',
    make: () => ({
      'model.onnx': onnx(
        numbered(65_500, (k) => {
          const name = String(k);
          const body = `\x08\x00\x10\x01\x42${varint(name.length)}${name}`;
          return `\x2a${varint(body.length)}${body}`;
        }),
      ),
    }),
  },
  {
    format: 'onnx',
    what: 'numbers of attributes',
    entry: 'model.onnx',
    make: () => {
      const attribute = `\x0a\x01a\x42${varint(99_000)}${'\x01'.repeat(99_000)}`;
      const node = `\x2a${varint(attribute.length)}${attribute}`;
      return { 'model.onnx': onnx(repeated(5, `\x0a${varint(node.length)}${node}`)) };
    },
  },
  {
    format: 'word-table',
    what: '3 million words of one number',
    entry: 'words.txt',
    make: () => ({ 'words.txt': repeated(3_000_000, 'a 1\n', '3000000 1\n') }),
  },
  {
    format: 'word-table',
    what: '400,000 lines of GloVe, 50 numbers',
    entry: 'words.txt',
    make: () => ({ 'words.txt': repeated(400_000, 'a' + ' 0.12345'.repeat(50) + '\n') }),
  },
  {
    format: 'word2vec-binary',
    what: '3 million words of one number',
    entry: 'words.bin',
    make: () => ({ 'words.bin': repeated(3_000_000, 'a \0\0\0\0', '3000000 1\n') }),
  },
  {
    format: 'fasttext',
    what: '3 million words of one number',
    entry: 'words.bin',
    make: () => {
      const n = 3_000_000;
      const head = [793_712_314, 12, 1, ...new Array<number>(11).fill(0)].map(u32).join('') + u64(0);
      const sizes = u32(n) + u32(n) + u32(0) + u64(0) + '\xff'.repeat(8);
      const words = repeated(n, 'a\0' + '\0'.repeat(9), head + sizes, '\0' + u64(n) + u64(1));
      const bytes = new Uint8Array(words.length + 4 * n);
      bytes.set(words);
      return { 'words.bin': bytes };
    },
  },
  {
    format: 'projector',
    what: 'a million rows',
    entry: 'vectors.tsv',
    make: () => ({
      'vectors.tsv': repeated(1_000_000, '1\t2\n'),
      'metadata.tsv': repeated(1_000_000, 'a\n'),
    }),
  },
  {
    format: 'gensim',
    what: '3 million words, listed and in a table',
    entry: 'words.kv',
    make: () => {
      const n = 3_000_000;
      return {
        'words.kv': joined(
          numbered(
            n,
            (k) => `\x8c\x07${String(k).padStart(7, '0')}\x94`,
            '\x80\x04\x8c\x1agensim.models.keyedvectors\x8c\x0cKeyedVectors\x93)\x81}(\x8c\x0cindex_to_key](',
            'e',
          ),
          numbered(n, (k) => `j${u32(k)}J${u32(k)}`, '\x8c\x0ckey_to_index}(', 'uub.'),
        ),
        'words.kv.vectors.npy': npy(n),
      };
    },
  },
  ...kerasFiles,
  ...captureFiles,
];

function varint(value: number): string {
  let text = '';
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return text + String.fromCharCode(rest);
    text += String.fromCharCode(128 + (rest % 128));
  }
}

/** A model of one graph. */
function onnx(graph: Uint8Array): Uint8Array {
  const head = latin1(`\x08\x08\x3a${varint(graph.length)}`);
  const bytes = new Uint8Array(head.length + graph.length);
  bytes.set(head);
  bytes.set(graph, head.length);
  return bytes;
}
