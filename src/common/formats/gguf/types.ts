/** The element types of ggml (ggml.h): how many values a block holds, in how many bytes. */
import { isBlockDtype, type BlockDtype } from '../../blocks/block-types.ts';
import type { ElementType } from '../../dtype.ts';

export interface GgmlType {
  readonly name: string;
  /** Values in one block. */
  readonly values: number;
  /** Bytes of one block. */
  readonly bytes: number;
  /** The same type in safetensors' words; null: its values are packed in blocks. */
  readonly element: ElementType | null;
  /** How its blocks are unpacked; null: they are none, or Headgate can't. */
  readonly blocks: BlockDtype | null;
}

const plain = (name: ElementType, bytes: number): GgmlType => ({
  name,
  values: 1,
  bytes,
  element: name,
  blocks: null,
});
const packed = (name: string, values: number, bytes: number): GgmlType => ({
  name,
  values,
  bytes,
  element: null,
  blocks: isBlockDtype(name) ? name : null,
});

/** By the number that stands in the file; numbers that are missing were withdrawn. */
export const GGML_TYPES: ReadonlyMap<number, GgmlType> = new Map([
  [0, plain('F32', 4)],
  [1, plain('F16', 2)],
  [2, packed('q4_0', 32, 18)],
  [3, packed('q4_1', 32, 20)],
  [6, packed('q5_0', 32, 22)],
  [7, packed('q5_1', 32, 24)],
  [8, packed('q8_0', 32, 34)],
  [9, packed('q8_1', 32, 36)],
  [10, packed('q2_K', 256, 84)],
  [11, packed('q3_K', 256, 110)],
  [12, packed('q4_K', 256, 144)],
  [13, packed('q5_K', 256, 176)],
  [14, packed('q6_K', 256, 210)],
  [15, packed('q8_K', 256, 292)],
  [16, packed('iq2_xxs', 256, 66)],
  [17, packed('iq2_xs', 256, 74)],
  [18, packed('iq3_xxs', 256, 98)],
  [19, packed('iq1_s', 256, 50)],
  [20, packed('iq4_nl', 32, 18)],
  [21, packed('iq3_s', 256, 110)],
  [22, packed('iq2_s', 256, 82)],
  [23, packed('iq4_xs', 256, 136)],
  [24, plain('I8', 1)],
  [25, plain('I16', 2)],
  [26, plain('I32', 4)],
  [27, plain('I64', 8)],
  [28, plain('F64', 8)],
  [29, packed('iq1_m', 256, 56)],
  [30, plain('BF16', 2)],
  [34, packed('tq1_0', 256, 54)],
  [35, packed('tq2_0', 256, 66)],
  [39, packed('mxfp4', 32, 17)],
  [40, packed('nvfp4', 64, 36)],
  [41, packed('q1_0', 128, 18)],
]);
