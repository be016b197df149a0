// out[t, :] = (x[t, :] − mean) / √(variance + epsilon) · weight + bias, mean and variance of the row.
//
// One workgroup of LANES threads per row; with LANES = 1 one thread per row, 64 rows a workgroup. Two passes over the
// row, since the one-pass variance cancels for rows far from zero.
struct Params {
  rows: u32,
  width: u32,
  epsilon: f32,
  x_offset: u32,
  weight_offset: u32,
  bias_offset: u32,
  out_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

#if WORKGROUP
const ROWS = 1u;
var<workgroup> partial: array<f32, LANES>;

// The sum over the workgroup, the same in every thread.
fn total(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = u32(LANES) / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let sum = partial[0];
  workgroupBarrier();
  return sum;
}
#else
const ROWS = 64u;
fn total(lane: u32, value: f32) -> f32 { return value; }
#endif

@compute @workgroup_size(ROWS * LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
#if WORKGROUP
  let row = group.x + params.group_offset;
  let lane = index;
#else
  let row = (group.x + params.group_offset) * ROWS + index;
  if (row >= params.rows) { return; }
  let lane = 0u;
#endif
  let width = params.width;
  let start = params.x_offset + row * width;
  var sum = 0.0;
  for (var i = lane; i < width; i += LANES) { sum += x[start + i]; }
  let mean = total(lane, sum) / f32(width);
  var squares = 0.0;
  for (var i = lane; i < width; i += LANES) {
    let d = x[start + i] - mean;
    squares += d * d;
  }
  let inverse = 1.0 / sqrt(total(lane, squares) / f32(width) + params.epsilon);
  let target_start = params.out_offset + row * width;
  for (var i = lane; i < width; i += LANES) {
    out[target_start + i] = (x[start + i] - mean) * inverse * weight[params.weight_offset + i] + bias[params.bias_offset + i];
  }
}
