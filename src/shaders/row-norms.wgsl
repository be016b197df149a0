// out[first + row] = √Σ x[row, ·]², scaled by the largest value so that squares neither vanish nor overflow: gradients
// through time go from 10⁻³⁰ to 10³⁰. One workgroup a row with WORKGROUP, else one thread.
struct Params {
  rows: u32,
  width: u32,
  first: u32,
  group_offset: u32,
  x_offset: u32,
  out_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

#if WORKGROUP
const STEP = 64u;
var<workgroup> parts: array<f32, 64>;
#else
const STEP = 1u;
#endif

fn largest(row: u32, start: u32) -> f32 {
  var result = 0.0;
  for (var i = start; i < params.width; i += STEP) {
    result = max(result, abs(x[params.x_offset + row * params.width + i]));
  }
  return result;
}

fn squares(row: u32, start: u32, scale: f32) -> f32 {
  var sum = 0.0;
  for (var i = start; i < params.width; i += STEP) {
    let value = x[params.x_offset + row * params.width + i] / scale;
    sum += value * value;
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
#if WORKGROUP
  let row = group.x + params.group_offset;
  parts[local.x] = largest(min(row, params.rows - 1u), local.x);
  workgroupBarrier();
  var scale = 0.0;
  for (var i = 0u; i < 64u; i++) { scale = max(scale, parts[i]); }
  scale = max(scale, 1e-37);
  workgroupBarrier();
  parts[local.x] = squares(min(row, params.rows - 1u), local.x, scale);
  workgroupBarrier();
  if (local.x != 0u || row >= params.rows) { return; }
  var sum = 0.0;
  for (var i = 0u; i < 64u; i++) { sum += parts[i]; }
#else
  let row = (group.x + params.group_offset) * 64u + local.x;
  if (row >= params.rows) { return; }
  let scale = max(largest(row, 0u), 1e-37);
  let sum = squares(row, 0u, scale);
#endif
  out[params.out_offset + params.first + row] = scale * sqrt(sum);
}
