/** What a file is, told by its first bytes: its name alone says little (`.bin` is used for many things). */

/** Bytes that are enough for `fileKind`. */
export const KIND_BYTES = 512;

export interface FileKind {
  /** With an article, for a sentence: `an ONNX model`. */
  readonly what: string;
  /** What helps the owner of such a file. */
  readonly hint: string;
}

const LFS = 'a pointer of Git LFS, not the file that it stands for';
const PAGE = 'a web page';
const SAVE = 'Save the model as safetensors: model.save_pretrained(folder, safe_serialization=True).';
const UNPACK = 'Unpack it, and open what is inside.';
const AGAIN = 'Download the file again, from its own address.';
const FLAX =
  'Write it as PyTorch’s with Transformers 4: from_pretrained(folder, from_flax=True).save_pretrained(folder).';
const TENSORFLOW =
  'Of Keras, model.save("model.keras"); of Transformers 4, from_pretrained(folder, from_tf=True).save_pretrained(folder).';
const OLD_GGML = 'a model in GGML’s format of before August 2023';
const GGML = 'Download it as GGUF, or convert it with convert_llama_ggml_to_gguf.py of llama.cpp.';
const DISTRIBUTED =
  'Make one file of it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch folder model.pt';
const EXPORTED = 'Save its weights: torch.save(torch.export.load("model.pt2").state_dict, "model.pt").';

/** By the bytes at the beginning, as Latin-1 text. */
const SIGNATURES: readonly (readonly [begin: string, what: string, hint: string])[] = [
  ['GGUF', 'a GGUF model under another name', 'Name it with the ending .gguf, or open the file itself.'],
  [
    '\x89HDF\r\n\x1a\n',
    'an HDF5 file, as Keras writes its weights, under another name',
    'Name it with the ending .h5.',
  ],
  [
    '\x93NUMPY',
    'a NumPy array',
    'Name the file itself, or save several arrays by their names with numpy.savez.',
  ],
  ['version https://git-lfs', LFS, 'Run git lfs pull in its folder.'],
  // Read backwards: `ggml`, `ggmf`, `ggjt`.
  ['lmgg', OLD_GGML, GGML],
  ['fmgg', OLD_GGML, GGML],
  ['tjgg', OLD_GGML, GGML],
  ['\x1f\x8b', 'a gzip archive', UNPACK],
  ['7z\xbc\xaf', 'a 7-Zip archive', UNPACK],
  ['BZh', 'a bzip2 archive', UNPACK],
  ['\xfd7zXZ', 'an XZ archive', UNPACK],
];

/** By the end of the name, for files whose bytes say nothing. */
const ENDINGS: readonly (readonly [ending: RegExp, what: string, hint: string])[] = [
  [/\.msgpack$/i, 'Flax weights', FLAX],
  [/\.ckpt(\.|$)|\.data-\d{5}-of-\d{5}$/i, 'a TensorFlow checkpoint', TENSORFLOW],
  [/\.pb$/i, 'a TensorFlow graph', TENSORFLOW],
  [/\.tflite$/i, 'a TensorFlow Lite model', TENSORFLOW],
];

/** True for names that files of weights have in other programs; what such a file is, its bytes tell. */
export function mayBeWeights(name: string): boolean {
  return (
    /\.(bin|pt|pth|pt2|ckpt|h5|hdf5|keras|onnx|gguf|ggml|msgpack|npz|npy|tflite|safetensors|csv|th)$/i.test(
      name,
    ) ||
    /\.(gz|zip|7z|bz2|xz|tar|tgz|nemo|distcp)$/i.test(name) ||
    /\.data-\d{5}-of-\d{5}$|^saved_model\.pb$/i.test(name)
  );
}

/** What stands in place of a file that was not downloaded as it should be; null: nothing tells so. */
export function standIn(head: Uint8Array): FileKind | null {
  const kind = fileKind('', head);
  return kind.what === LFS || kind.what === PAGE ? kind : null;
}

/**
 * @param name the file's name
 * @param head its first bytes, KIND_BYTES of them where there are so many
 */
export function fileKind(name: string, head: Uint8Array): FileKind {
  const text = new TextDecoder('latin1').decode(head);
  if (head.length === 0) return { what: 'an empty file', hint: AGAIN };
  const known = SIGNATURES.find(([begin]) => text.startsWith(begin));
  if (known !== undefined) return { what: known[1], hint: known[2] };
  if (/\.distcp$/i.test(name)) return { what: 'a distributed checkpoint of PyTorch', hint: DISTRIBUTED };
  if (text.startsWith('ustar', 257)) return { what: 'a TAR archive', hint: UNPACK };
  if (text.startsWith('PK\x03\x04')) {
    const what = zipKind(text);
    return { what, hint: what === PROGRAM ? EXPORTED : what === ARCHIVE ? UNPACK : SAVE };
  }
  // A pickle: PROTO and a version. PyTorch wrote such files before 1.6.
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5)
    return { what: 'PyTorch weights or another Python pickle', hint: SAVE };
  if (/^\s*(<!doctype html|<html)/i.test(text)) return { what: PAGE, hint: AGAIN };
  if (/^.{8}\{"/s.test(text))
    return { what: 'a safetensors file under another name', hint: 'Name it model.safetensors.' };
  if (/\.csv$/i.test(name) && isText(head))
    return {
      what: 'a table with commas',
      hint: 'Of words, write it with spaces, a word and its numbers in each line, and name it .txt.',
    };
  const ending = ENDINGS.find(([pattern]) => pattern.test(name));
  if (ending !== undefined) return { what: ending[1], hint: ending[2] };
  return isText(head)
    ? { what: 'a text file', hint: 'Name the file of weights, or the folder that holds the model.' }
    : { what: 'binary data of a kind that Headgate does not know', hint: SAVE };
}

const PROGRAM = 'an exported program of PyTorch';
const ARCHIVE = 'a ZIP archive';

/** A ZIP archive by the name of its first member: PyTorch, NumPy and Keras all write such archives. */
function zipKind(text: string): string {
  const member = text.slice(30, 30 + (text.charCodeAt(26) | (text.charCodeAt(27) << 8)));
  if (/\/data\/(weights|constants)\/|\/archive_format$/.test(member)) return PROGRAM;
  // Members of TorchScript begin with the tensors.
  if (/\/(data\.pkl|data\/\d+$|\.format_version|\.data\/|byteorder|version|constants\.pkl)/.test(member))
    return 'PyTorch weights';
  if (member.endsWith('.npy')) return 'NumPy arrays';
  if (/^(metadata|config)\.json$|\.weights\.h5$/.test(member)) return 'a Keras model';
  return ARCHIVE;
}

function isText(head: Uint8Array): boolean {
  return head.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13);
}
