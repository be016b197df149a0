// Sums of each column over chunks of ROWS rows: source [rows, columns] to sums [chunks, columns], from row chunk_from on.
// One thread per column and chunk.
struct Params {
  rows: u32,
  columns: u32,
  chunk_from: u32,
  source_offset: u32,
  sums_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = workgroup.x * 64u + local.x;
  if (column >= params.columns) { return; }
  let chunk = workgroup.y + params.group_offset;
  let end = min(params.rows, (chunk + 1u) * ROWS);
  var sum = 0.0;
  for (var row = chunk * ROWS; row < end; row++) {
    sum += source[params.source_offset + row * params.columns + column];
  }
  sums[params.sums_offset + (params.chunk_from + chunk) * params.columns + column] = sum;
}
