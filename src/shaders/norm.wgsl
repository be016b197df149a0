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
  let width = params.width / SIZE;
  let start = params.x_offset / SIZE + row * width;
  let out_start = params.out_offset / SIZE + row * width;
  // Four steps at a time as far as that goes: loops cost more than their bodies on some adapters.
  let even = width - min(width, 3 * lanes);
  var i = lane;
  var mean = 0.0;
#if CENTRED
  var sums = Value();
  for (; i < even; i += 4 * lanes) {
#for u 0 4
    let v{u} = x[start + i + {u} * lanes];
#endfor
    sums += (v0 + v1) + (v2 + v3);
  }
  for (; i < width; i += lanes) { sums += x[start + i]; }
  mean = total(lane, sum_of(sums)) / f32(params.width);
#endif
  // A pass of its own: the variance from sums of squares cancels for rows far from zero. So far, the mean is off by its
  // rounding, which the mean of the differences makes up for.
  var squares = Value();
#if CENTRED
  var rest = Value();
#endif
  for (i = lane; i < even; i += 4 * lanes) {
#for u 0 4
    let d{u} = x[start + i + {u} * lanes] - mean;
#endfor
    squares += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
#if CENTRED
    rest += (d0 + d1) + (d2 + d3);
#endif
  }
  for (; i < width; i += lanes) {
    let d = x[start + i] - mean;
    squares += d * d;
#if CENTRED
    rest += d;
#endif
  }
  var variance = total(lane, sum_of(squares)) / f32(params.width);
#if CENTRED
  let off = total(lane, sum_of(rest)) / f32(params.width);
  variance -= off * off;
#else
  let off = 0.0;
#endif
  let inverse = 1.0 / sqrt(variance + params.epsilon);
  for (i = lane; i < even; i += 4 * lanes) {
#for u 0 4
    store(out_start, i + {u} * lanes, (x[start + i + {u} * lanes] - mean - off) * inverse);
#endfor
  }
  for (; i < width; i += lanes) { store(out_start, i, (x[start + i] - mean - off) * inverse); }
}

fn store(row: u32, i: u32, normed: Value) {
  let scale = weight[params.weight_offset / SIZE + i];
#if CENTRED
  out[row + i] = normed * scale + bias[params.bias_offset / SIZE + i];
#else
  out[row + i] = normed * (scale + params.weight_shift);
#endif
}
