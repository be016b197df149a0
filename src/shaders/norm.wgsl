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

fn process(row: u32) {
  let width = params.width / SIZE;
  let start = params.x_offset / SIZE + row * width;
  let out_start = params.out_offset / SIZE + row * width;
  // Four steps at a time as far as that goes: loops cost more than their bodies on some adapters.
  let even = width - min(width, 3 * lanes);
  var i = lane;
#if CENTRED
  let origin = typical(start, width);
  var seen = Moments();
  var squares = Value();
  for (; i < even; i += 4 * lanes) {
#for u 0 4
    let v{u} = x[start + i + {u} * lanes] - origin;
#endfor
    let mean = sum_of((v0 + v1) + (v2 + v3)) / f32(4 * SIZE);
#for u 0 4
    let d{u} = v{u} - mean;
#endfor
    squares += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3);
    seen = join(seen, f32(4 * SIZE), mean);
  }
  for (; i < width; i += lanes) {
    let v = x[start + i] - origin;
    let mean = sum_of(v) / f32(SIZE);
    squares += (v - mean) * (v - mean);
    seen = join(seen, f32(SIZE), mean);
  }
  let centre = total(seen.count * seen.mean) / f32(params.width);
  let apart = seen.mean - centre;
  let variance = total(sum_of(squares) + seen.spread + seen.count * apart * apart) / f32(params.width);
#else
  let origin = 0.0;
  let centre = 0.0;
  var squares = Value();
  for (; i < even; i += 4 * lanes) {
#for u 0 4
    let v{u} = x[start + i + {u} * lanes];
#endfor
    squares += (v0 * v0 + v1 * v1) + (v2 * v2 + v3 * v3);
  }
  for (; i < width; i += lanes) { squares += x[start + i] * x[start + i]; }
  let variance = total(sum_of(squares)) / f32(params.width);
#endif
  let inverse = 1.0 / sqrt(variance + params.epsilon);
  for (i = lane; i < even; i += 4 * lanes) {
#if QUADS
    // All rows want the same weights: each thread of a quad reads one vector of four and gets the others from its neighbours.
    let scales = scale_at(i + corner);
    let shifts = shift_at(i + corner);
#endif
#for u 0 4
    {
      let at = i + {u} * lanes;
#if QUADS
      let scale = quadBroadcast(scales, {u});
      let shift = quadBroadcast(shifts, {u});
#else
      let scale = scale_at(at);
      let shift = shift_at(at);
#endif
      out[out_start + at] = (x[start + at] - origin - centre) * inverse * scale + shift;
    }
#endfor
  }
  for (; i < width; i += lanes) {
    out[out_start + i] = (x[start + i] - origin - centre) * inverse * scale_at(i) + shift_at(i);
  }
}

fn scale_at(i: u32) -> Value { return weight[params.weight_offset / SIZE + i] + params.weight_shift; }

#if CENTRED
fn shift_at(i: u32) -> Value { return bias[params.bias_offset / SIZE + i]; }
#else
fn shift_at(i: u32) -> Value { return Value(); }
#endif

#if CENTRED
// Mean and variance in one pass over the row: each piece about its own mean, then joined to those before it (Chan, Golub
// and LeVeque 1979). Sums of squares would cancel for rows far from zero.
struct Moments {
  count: f32,
  mean: f32,
  // Σ of squared differences of the pieces' means.
  spread: f32,
}

fn join(before: Moments, count: f32, mean: f32) -> Moments {
  let all = before.count + count;
  let share = count / all;
  let step = mean - before.mean;
  return Moments(all, before.mean + step * share, before.spread + step * step * before.count * share);
}

// One of the row's values, to count from: differences from it are small, or the row is wide. Of four values it is never the
// largest or the smallest, so a single outlier is not taken.
fn typical(start: u32, width: u32) -> f32 {
#for q 0 4
  let x{q} = first_of(x[start + {q} * width / 4]);
#endfor
  return max(min(x0, x1), min(x2, x3));
}

#if VECTOR
fn first_of(value: Value) -> f32 { return value.x; }
#else
fn first_of(value: Value) -> f32 { return value; }
#endif
#endif
