// Means of columns from the sums of their chunks [chunks, columns]. One thread per column.
struct Params {
  chunks: u32,
  columns: u32,
  rows: u32,
  sums_offset: u32,
  means_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> means: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.columns) { return; }
  var sum = 0.0;
  for (var chunk = 0u; chunk < params.chunks; chunk++) {
    sum += sums[params.sums_offset + chunk * params.columns + id.x];
  }
  means[params.means_offset + id.x] = sum / f32(params.rows);
}
