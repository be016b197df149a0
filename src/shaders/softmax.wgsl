// out[r, :] = softmax(x[r, :]) of each row; a row of nothing but −∞ (fully masked) becomes zeros.
struct Params { rows: u32, width: u32, x_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read_write> out: array<Value>;
#include "rows.wgsl"

// Masked scores may be −∞, which GPUs need not know: they are lifted to the lowest finite number. Software adapters, for
// which a row is a thread's, compute with it, and would pay for the comparison.
fn score(i: u32) -> Value {
#if BY_THREAD
  return x[i];
#else
  return max(x[i], Value(LOWEST));
#endif
}

fn process(row: u32) {
  let width = params.width / SIZE;
  let start = params.x_offset / SIZE + row * width;
  let end = start + width;
  // From an index of x to that of out; wraps around when it is negative.
  let shift = params.out_offset / SIZE + row * width - start;
  // Four steps at a time as far as that goes: loops cost more than their bodies on some adapters.
  let even = end - min(width, 3 * lanes);
  // Maximum and sum in one pass: the sum is scaled down whenever the maximum grows.
  var most = LOWEST;
  var sums = Value();
  var i = start + lane;
  for (; i < even; i += 4 * lanes) {
#for u 0 4
    let v{u} = score(i + {u} * lanes);
#endfor
    let higher = max(most, most_of(max(max(v0, v1), max(v2, v3))));
    let part = (exp(v0 - higher) + exp(v1 - higher)) + (exp(v2 - higher) + exp(v3 - higher));
    sums = sums * exp(most - higher) + part;
    most = higher;
  }
  for (; i < end; i += lanes) {
    let v = score(i);
    let higher = max(most, most_of(v));
    sums = sums * exp(most - higher) + exp(v - higher);
    most = higher;
  }
  let highest = maximum(most);
  let sum = total(sum_of(sums) * exp(most - highest));
  let inverse = select(1.0 / sum, 0.0, highest == LOWEST);
  for (i = start + lane; i < even; i += 4 * lanes) {
#for u 0 4
    out[shift + i + {u} * lanes] = exp(score(i + {u} * lanes) - highest) * inverse;
#endfor
  }
  for (; i < end; i += lanes) { out[shift + i] = exp(score(i) - highest) * inverse; }
}
