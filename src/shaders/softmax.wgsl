// out[r, :] = softmax(x[r, :]) of each row; a row of nothing but −∞ (fully masked) becomes zeros.
struct Params { rows: u32, width: u32, x_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read_write> out: array<Value>;
#include "rows.wgsl"

const LOWEST = -3.4028234e38;

fn process(row: u32, lane: u32, lanes: u32) {
  let width = params.width / SIZE;
  let start = params.x_offset / SIZE + row * width;
  let end = start + width;
  // From an index of x to that of out; wraps around when it is negative.
  let shift = params.out_offset / SIZE + row * width - start;
  // Four steps at a time as far as that goes: loops cost more than their bodies on some adapters.
  let even = end - min(width, 3 * lanes);
  // Masked scores may be −∞, whose differences are NaN: they are lifted to the lowest finite number.
  var highest = Value(LOWEST);
  var i = start + lane;
  for (; i < even; i += 4 * lanes) {
#for u 0 4
    highest = max(highest, x[i + {u} * lanes]);
#endfor
  }
  for (; i < end; i += lanes) { highest = max(highest, x[i]); }
  let most = maximum(lane, most_of(highest));
  var sums = Value();
  for (i = start + lane; i < even; i += 4 * lanes) {
#for u 0 4
    let e{u} = exp(max(x[i + {u} * lanes], Value(LOWEST)) - most);
    out[shift + i + {u} * lanes] = e{u};
#endfor
    sums += (e0 + e1) + (e2 + e3);
  }
  for (; i < end; i += lanes) {
    let e = exp(max(x[i], Value(LOWEST)) - most);
    out[shift + i] = e;
    sums += e;
  }
  let inverse = select(1.0 / total(lane, sum_of(sums)), 0.0, most == LOWEST);
  for (i = start + lane; i < even; i += 4 * lanes) {
#for u 0 4
    out[shift + i + {u} * lanes] *= inverse;
#endfor
  }
  for (; i < end; i += lanes) { out[shift + i] *= inverse; }
}
