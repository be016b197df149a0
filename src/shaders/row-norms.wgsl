// out[first + row] = √Σ x[row, ·]². Gradients through time go from 10⁻³⁰ to 10³⁰, where squares vanish or overflow: beside
// the plain sum there is one of values that were enlarged and one of values that were made small, and each row takes the
// one that fits it. One workgroup a row with WORKGROUP, else one thread; four values at a time with VECTOR.
struct Params {
  rows: u32,
  width: u32,
  first: u32,
  group_offset: u32,
  x_offset: u32,
  out_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
#if VECTOR
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
const EACH = 4u;
#else
@group(0) @binding(1) var<storage, read> x: array<f32>;
const EACH = 1u;
#endif
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

#if WORKGROUP
const STEP = 64u;
var<workgroup> parts: array<vec3f, 64>;
#else
const STEP = 1u;
#endif

// 2¹⁰⁰ and its reciprocal.
const LARGE = 1.2676506e30;
const SMALL = 7.8886091e-31;

// The sums of squares: plain, enlarged, made small.
fn squares(row: u32, start: u32) -> vec3f {
  var sums = vec3f();
  let count = params.width / EACH;
  let begin = params.x_offset / EACH + row * count;
  for (var i = start; i < count; i += STEP) {
    let value = x[begin + i];
    let more = value * LARGE;
    let less = value * SMALL;
#if VECTOR
    sums += vec3f(dot(value, value), dot(more, more), dot(less, less));
#else
    sums += vec3f(value * value, more * more, less * less);
#endif
  }
  return sums;
}

fn norm_of(sums: vec3f) -> f32 {
  if (sums.x > 1e36) { return sqrt(sums.z) * LARGE; }
  if (sums.x < 1e-26) { return sqrt(sums.y) * SMALL; }
  return sqrt(sums.x);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
#if WORKGROUP
  let row = group.x + params.group_offset;
  parts[local.x] = squares(min(row, params.rows - 1u), local.x);
  workgroupBarrier();
  if (local.x != 0u || row >= params.rows) { return; }
  var sums = vec3f();
  for (var i = 0u; i < 64u; i++) { sums += parts[i]; }
#else
  let row = (group.x + params.group_offset) * 64u + local.x;
  if (row >= params.rows) { return; }
  let sums = squares(row, 0u);
#endif
  out[params.out_offset + params.first + row] = norm_of(sums);
}
