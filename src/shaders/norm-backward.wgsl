// The norms backward. With x̂ = (x − mean) / √(variance + epsilon) and h = gradient ⊙ (weight + weight_shift):
//   layer norm: out = (h − mean of h − x̂ · mean of (h ⊙ x̂)) / √(variance + epsilon)
//   RMS norm (when not CENTRED): the same without means of x and of h
struct Params {
  rows: u32,
  width: u32,
  epsilon: f32,
  weight_shift: f32,
  x_offset: u32,
  weight_offset: u32,
  gradient_offset: u32,
  out_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read> weight: array<Value>;
@group(0) @binding(3) var<storage, read> gradient: array<Value>;
@group(0) @binding(4) var<storage, read_write> out: array<Value>;
#include "rows.wgsl"

fn process(row: u32) {
  let width = params.width / SIZE;
  let count = f32(params.width);
  let start = params.x_offset / SIZE + row * width;
#if CENTRED
  // From one of the values on, so that rows far from zero lose no digits.
  let origin = first_of(x[start]);
  var sum = Value();
  for (var i = lane; i < width; i += lanes) { sum += x[start + i] - origin; }
  let centre = origin + total(sum_of(sum)) / count;
#else
  let centre = 0.0;
#endif
  var squares = Value();
  for (var i = lane; i < width; i += lanes) {
    let apart = x[start + i] - centre;
    squares += apart * apart;
  }
  let inverse = 1.0 / sqrt(total(sum_of(squares)) / count + params.epsilon);
  var along = Value();
  var plain = Value();
  for (var i = lane; i < width; i += lanes) {
    let h = scaled(row, i);
    along += h * (x[start + i] - centre) * inverse;
    plain += h;
  }
  let slope = total(sum_of(along)) / count;
#if CENTRED
  let shift = total(sum_of(plain)) / count;
#else
  let shift = 0.0;
#endif
  let out_start = params.out_offset / SIZE + row * width;
  for (var i = lane; i < width; i += lanes) {
    out[out_start + i] = (scaled(row, i) - shift - (x[start + i] - centre) * inverse * slope) * inverse;
  }
}

fn scaled(row: u32, i: u32) -> Value {
  let g = gradient[params.gradient_offset / SIZE + row * (params.width / SIZE) + i];
  return g * (weight[params.weight_offset / SIZE + i] + params.weight_shift);
}

#if CENTRED
#if VECTOR
fn first_of(value: Value) -> f32 { return value.x; }
#else
fn first_of(value: Value) -> f32 { return value; }
#endif
#endif
