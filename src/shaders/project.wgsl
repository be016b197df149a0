// Places of rows along 3 axes: points [rows, 3] of source [rows, columns] less the means. One thread per row.
struct Params {
  rows: u32,
  columns: u32,
  source_offset: u32,
  means_offset: u32,
  points_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> means: array<f32>;
@group(0) @binding(3) var<storage, read> axes: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> points: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (workgroup.x + params.group_offset) * 64u + local.x;
  if (row >= params.rows) { return; }
  let base = params.source_offset + row * params.columns;
  var sum = vec4f();
  for (var column = 0u; column < params.columns; column++) {
    sum += (source[base + column] - means[params.means_offset + column]) * axes[column];
  }
  let place = params.points_offset + row * 3u;
  points[place] = sum.x;
  points[place + 1u] = sum.y;
  points[place + 2u] = sum.z;
}
