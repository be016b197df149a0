/** A tensor of a capture, whose values come in pieces that follow one another. */
export interface CapturedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: 'F32' | 'I32';
  pieces(): AsyncIterable<Float32Array | Int32Array>;
}
