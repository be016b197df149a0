// Pools rectangles to fewer cells: source [count, …, columns] to pooled [count, rows, width], where cell (i, j) is the
// largest value or the mean of source rows [⌊i·R/height⌋, ⌊(i+1)·R/height⌋) and columns likewise. The source may hold
// only the rows of cells [row_from, row_from + rows). One thread per cell.
#include "invalid.wgsl"

struct Params {
  // R and C: the whole rectangle.
  source_height: u32,
  source_width: u32,
  height: u32,
  width: u32,
  row_from: u32,
  rows: u32,
  // Source rows that are there.
  source_rows: u32,
  // Values from one rectangle of pooled to the next.
  pooled_stride: u32,
  source_offset: u32,
  pooled_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> pooled: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let z = workgroup.z + params.group_offset;
  let x = workgroup.x * 8u + local.x;
  let row = workgroup.y * 8u + local.y;
  if (x >= params.width || row >= params.rows) { return; }
  let y = params.row_from + row;
  let top = params.row_from * params.source_height / params.height;
  let row_first = y * params.source_height / params.height - top;
  let row_end = (y + 1u) * params.source_height / params.height - top;
  let column_first = x * params.source_width / params.width;
  let column_end = (x + 1u) * params.source_width / params.width;

  let base = params.source_offset + z * params.source_rows * params.source_width;
#if MAX
  var result = source[base + row_first * params.source_width + column_first];
#else
  var result = 0.0;
#endif
  for (var i = row_first; i < row_end; i++) {
    let start = base + i * params.source_width;
    for (var j = column_first; j < column_end; j++) {
#if MAX
      // What is no number stays.
      let value = source[start + j];
      if (!is_invalid(result) && (value > result || is_invalid(value))) { result = value; }
#else
      result += source[start + j];
#endif
    }
  }
#if !MAX
  result /= f32((row_end - row_first) * (column_end - column_first));
#endif
  pooled[params.pooled_offset + z * params.pooled_stride + row * params.width + x] = result;
}
