// Layer norm: out[r, :] = (x[r, :] − mean) / √(variance + epsilon) · weight + bias, mean and variance of the row.
// RMS norm (when not CENTRED): out[r, :] = x[r, :] / √(mean of squares + epsilon) · (weight + weight_shift).
struct Params {
  rows: u32,
  width: u32,
  epsilon: f32,
  weight_shift: f32,
  x_offset: u32,
  weight_offset: u32,
  bias_offset: u32,
  out_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read> weight: array<Value>;
@group(0) @binding(3) var<storage, read_write> out: array<Value>;
#if CENTRED
@group(0) @binding(4) var<storage, read> bias: array<Value>;
#endif
#include "rows.wgsl"

fn process(row: u32, lane: u32, lanes: u32) {
  let size = SIZE;
  let width = params.width / size;
  let start = params.x_offset / size + row * width;
  let out_start = params.out_offset / size + row * width;
  var mean = 0.0;
#if CENTRED
  var sum = 0.0;
  for (var begin = lane; begin < width; begin += RUN * lanes) {
    var part = Value();
    for (var i = begin; i < min(width, begin + RUN * lanes); i += lanes) { part += x[start + i]; }
    sum += sum_of(part);
  }
  mean = total(lane, sum) / f32(params.width);
#endif
  // A pass of its own: the variance from sums of squares cancels for rows far from zero.
  var squares = 0.0;
  for (var begin = lane; begin < width; begin += RUN * lanes) {
    var part = Value();
    for (var i = begin; i < min(width, begin + RUN * lanes); i += lanes) {
      let d = x[start + i] - mean;
      part += d * d;
    }
    squares += sum_of(part);
  }
  let inverse = 1.0 / sqrt(total(lane, squares) / f32(params.width) + params.epsilon);
  for (var i = lane; i < width; i += lanes) {
    let normed = (x[start + i] - mean) * inverse;
    let scale = weight[params.weight_offset / size + i];
#if CENTRED
    out[out_start + i] = normed * scale + bias[params.bias_offset / size + i];
#else
    out[out_start + i] = normed * (scale + params.weight_shift);
#endif
  }
}
