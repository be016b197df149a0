// Cosine of the angle between each row of a matrix [rows, columns] and one vector; 0 where either is 0, NaN where one
// holds NaN or an infinity. One thread per row.
#include "invalid.wgsl"

struct Params {
  rows: u32,
  columns: u32,
  matrix_offset: u32,
  vector_offset: u32,
  cosines_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
@group(0) @binding(2) var<storage, read> vector: array<f32>;
@group(0) @binding(3) var<storage, read_write> cosines: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (workgroup.x + params.group_offset) * 64u + local.x;
  if (row >= params.rows) { return; }
  let base = params.matrix_offset + row * params.columns;
  var inner = 0.0;
  var row_square = 0.0;
  var vector_square = 0.0;
  for (var column = 0u; column < params.columns; column++) {
    let a = matrix[base + column];
    let b = vector[params.vector_offset + column];
    inner += a * b;
    row_square += a * a;
    vector_square += b * b;
  }
  let scale = sqrt(row_square) * sqrt(vector_square);
  if (is_invalid(inner) || is_invalid(scale)) {
    cosines[params.cosines_offset + row] = nan();
    return;
  }
  cosines[params.cosines_offset + row] = select(0.0, clamp(inner / scale, -1.0, 1.0), scale > 0.0);
}
