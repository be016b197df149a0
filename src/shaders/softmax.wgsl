// out[r, :] = softmax(x[r, :]) of each row; a row of nothing but −∞ (fully masked) becomes zeros.
//
// One workgroup of LANES threads per row when WORKGROUP, else one thread per row, 64 rows a workgroup.
struct Params { rows: u32, width: u32, x_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const LOWEST = -3.4028234e38;

#if WORKGROUP
const ROWS = 1u;
var<workgroup> partial: array<f32, LANES>;

fn maximum(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = u32(LANES) / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] = max(partial[lane], partial[lane + half]); }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

fn total(lane: u32, value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = u32(LANES) / 2; half > 0; half /= 2) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}
#else
const ROWS = 64u;
fn maximum(lane: u32, value: f32) -> f32 { return value; }
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
  let out_start = params.out_offset + row * width;
  // Masked scores may be −∞, whose differences are NaN: they are lifted to the lowest finite number.
  var most = LOWEST;
  for (var i = lane; i < width; i += LANES) { most = max(most, x[start + i]); }
  most = maximum(lane, most);
  var sum = 0.0;
  for (var i = lane; i < width; i += LANES) {
    let e = exp(max(x[start + i], LOWEST) - most);
    sum += e;
    out[out_start + i] = e;
  }
  sum = total(lane, sum);
  let inverse = select(1.0 / sum, 0.0, most == LOWEST);
  for (var i = lane; i < width; i += LANES) { out[out_start + i] *= inverse; }
}
