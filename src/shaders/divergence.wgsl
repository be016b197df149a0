// out[r] = Σ p·log(p / q) over a row, p = softmax(before), q = softmax(after), in nats (Kullback and Leibler 1951).
// NaN where one of the rows holds NaN or ∞.
struct Params { rows: u32, width: u32, before_offset: u32, after_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> before: array<Value>;
@group(0) @binding(2) var<storage, read> after: array<Value>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
#include "rows.wgsl"
#include "invalid.wgsl"
#include "broken-row.wgsl"

fn process(row: u32) {
  let width = params.width / SIZE;
  let p_start = params.before_offset / SIZE + row * width;
  let q_start = params.after_offset / SIZE + row * width;
  var p_most = LOWEST;
  var q_most = LOWEST;
  var spoilt = 0.0;
  for (var i = lane; i < width; i += lanes) {
    p_most = max(p_most, most_of(before[p_start + i]));
    q_most = max(q_most, most_of(after[q_start + i]));
    spoilt += spoiling(before[p_start + i]) + spoiling(after[q_start + i]);
  }
  let is_broken = total(spoilt) > 0.0;
  p_most = maximum(p_most);
  q_most = maximum(q_most);
  // Σ e^a, Σ e^b and Σ e^a·(a − b), where a and b are below their maxima: no term of the last sum is large.
  var p_sum = Value();
  var q_sum = Value();
  var gaps = Value();
  for (var i = lane; i < width; i += lanes) {
    let a = before[p_start + i] - p_most;
    let b = after[q_start + i] - q_most;
    let weight = exp(a);
    p_sum += weight;
    q_sum += exp(b);
    gaps += weight * (a - b);
  }
  let p_total = total(sum_of(p_sum));
  let q_total = total(sum_of(q_sum));
  let gap = total(sum_of(gaps));
  // A divergence is never negative; rounding may make it so.
  let nats = max(0.0, gap / p_total + log(q_total) - log(p_total));
  if (lane == 0) { out[params.out_offset + row] = select(nats, nan(), is_broken); }
}
