import type { Dtype } from './contract.ts';

/** Bytes of one element, of the types whose elements are stored one by one. */
const BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const satisfies Partial<Record<Dtype, number>>;

/** A type that safetensors files may store. */
export type ElementType = keyof typeof BYTES;

export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(BYTES, name);
}

/** True for types that weights may be stored in. */
export function isWeightType(type: string): boolean {
  return ['F64', 'F32', 'F16', 'BF16'].includes(type);
}

/** Bytes of one element. */
export function bytesOf(type: ElementType): number {
  return BYTES[type];
}
