/** What a pickle may become here: data and nothing that runs. */
import type { ElementType } from '../../dtype.ts';

/** `module.name` of Python: a class or a function, known by its name only. */
export class Global {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object of a class that is not built: its name, what it was made from and its state, never the thing itself. */
export class Refused {
  state: unknown = null;
  /** What was appended to it, or set by key. */
  readonly items: unknown[] = [];
  readonly entries = new Map<unknown, unknown>();

  constructor(
    readonly type: Global,
    readonly args: readonly unknown[],
  ) {}
}

export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** Bytes that tensors lie in; `dtype` null: tensors say it themselves, or it is one that Headgate does not know. */
export class Storage {
  constructor(
    readonly key: string,
    /** Python's name of the type, such as `FloatStorage`. */
    readonly typeName: string,
    readonly dtype: ElementType | null,
    /** Elements, of one byte where there is no dtype. */
    readonly count: number,
    /** A view into another storage begins there (legacy files), in elements. */
    readonly offset = 0,
  ) {}
}

export class Tensor {
  constructor(
    readonly storage: Storage,
    /** Python's name of the element type when `dtype` is null. */
    readonly typeName: string,
    readonly dtype: ElementType | null,
    /** In elements of the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** torch's names of the element types, and its old classes of storages. */
const DTYPES: Readonly<Record<string, ElementType>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
};

const STORAGES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

export function dtypeNamed(name: string): ElementType | null {
  return Object.hasOwn(DTYPES, name) ? (DTYPES[name] ?? null) : null;
}

export function storageDtype(name: string): ElementType | null {
  return Object.hasOwn(STORAGES, name) ? (STORAGES[name] ?? null) : null;
}

/** The bytes of a text of characters below 256, as older protocols write bytes. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
