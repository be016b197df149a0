// The softmax backward: out[r, :] = weights ⊙ (gradient − Σ weights ⊙ gradient) of each row, weights being what it gave.
struct Params { rows: u32, width: u32, weights_offset: u32, gradient_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<Value>;
@group(0) @binding(2) var<storage, read> gradient: array<Value>;
@group(0) @binding(3) var<storage, read_write> out: array<Value>;
#include "rows.wgsl"

fn process(row: u32) {
  let width = params.width / SIZE;
  let by = params.weights_offset / SIZE + row * width;
  let above = params.gradient_offset / SIZE + row * width;
  let to = params.out_offset / SIZE + row * width;
  var sum = Value();
  for (var i = lane; i < width; i += lanes) { sum += weights[by + i] * gradient[above + i]; }
  let mean = total(sum_of(sum));
  for (var i = lane; i < width; i += lanes) { out[to + i] = weights[by + i] * (gradient[above + i] - mean); }
}
