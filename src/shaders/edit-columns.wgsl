// x[t, from + c] = factor · x[t, from + c], plus means[from + c] with MEANS; in place.
struct Params { rows: u32, columns: u32, column_from: u32, count: u32, factor: f32, x_offset: u32, means_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
#if MEANS
@group(0) @binding(2) var<storage, read> means: array<f32>;
#endif

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.x + params.group_offset) * 64 + lane;
  if (index >= params.rows * params.count) { return; }
  let column = params.column_from + index % params.count;
  let place = params.x_offset + index / params.count * params.columns + column;
  var value = params.factor * x[place];
#if MEANS
  value += means[params.means_offset + column];
#endif
  x[place] = value;
}
