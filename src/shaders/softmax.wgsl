// out[r, :] = softmax(x[r, :]) of each row; a row of nothing but −∞ (fully masked) becomes zeros.
struct Params { rows: u32, width: u32, x_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>;
@group(0) @binding(2) var<storage, read_write> out: array<Value>;
#include "rows.wgsl"

const LOWEST = -3.4028234e38;

fn process(row: u32, lane: u32, lanes: u32) {
  let size = SIZE;
  let width = params.width / size;
  let start = params.x_offset / size + row * width;
  let out_start = params.out_offset / size + row * width;
  // Masked scores may be −∞, whose differences are NaN: they are lifted to the lowest finite number.
  var highest = Value(LOWEST);
  for (var i = lane; i < width; i += lanes) { highest = max(highest, x[start + i]); }
  let most = maximum(lane, most_of(highest));
  var sum = 0.0;
  for (var begin = lane; begin < width; begin += RUN * lanes) {
    var part = Value();
    for (var i = begin; i < min(width, begin + RUN * lanes); i += lanes) {
      let e = exp(max(x[start + i], Value(LOWEST)) - most);
      part += e;
      out[out_start + i] = e;
    }
    sum += sum_of(part);
  }
  let inverse = select(1.0 / total(lane, sum), 0.0, most == LOWEST);
  for (var i = lane; i < width; i += lanes) { out[out_start + i] *= inverse; }
}
