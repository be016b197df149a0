/** A row-major f32 array in a GPU buffer. `offset` counts f32 elements, not bytes. */
export interface GpuTensor {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly shape: readonly number[];
}

/** Bytes [offset, offset + size) of a buffer; what a kernel binds when the values are no plain f32 array. */
export interface BufferRange {
  readonly buffer: GPUBuffer;
  /** Bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of an f32 tensor. */
export function bytesOf(tensor: GpuTensor): number {
  return elements(tensor.shape) * 4;
}

/**
 * Rows [from, to) of a tensor's first axis as a tensor over the same buffer.
 * @throws Error for rows outside the tensor.
 */
export function rowsOf(tensor: GpuTensor, from: number, to: number): GpuTensor {
  const [rows = 0, ...rest] = tensor.shape;
  if (from < 0 || to < from || to > rows)
    throw new Error(`Rows ${from} to ${to} are outside a tensor of ${rows}.`);
  return {
    buffer: tensor.buffer,
    offset: tensor.offset + from * elements(rest),
    shape: [to - from, ...rest],
  };
}

/** The same values under another shape. @throws Error when the number of elements differs. */
export function reshape(tensor: GpuTensor, shape: readonly number[]): GpuTensor {
  if (elements(shape) !== elements(tensor.shape))
    throw new Error(`[${tensor.shape.join(', ')}] can't be seen as [${shape.join(', ')}].`);
  return { buffer: tensor.buffer, offset: tensor.offset, shape };
}
