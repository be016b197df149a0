// out[r] = of token ids[r] in the logits of row r: its logit, its probability (of the softmax), its rank, 1 where no other is
// more probable, and its surprisal, −ln of the probability, also where that is too small for a number. Logits [R, V], out [R, 4].
// A row with NaN or ∞ has no probabilities and no ranks: all but the logit are NaN.
struct Params {
  rows: u32,
  width: u32,
  logits_offset: u32,
  ids_offset: u32,
  out_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<Value>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
#include "rows.wgsl"
#include "invalid.wgsl"
#include "broken-row.wgsl"

fn process(row: u32) {
  let width = params.width / SIZE;
  let start = params.logits_offset / SIZE + row * width;
  let id = ids[params.ids_offset + row];
#if VECTOR
  let own = logits[start + id / SIZE][id % SIZE];
#else
  let own = logits[start + id];
#endif
  var most = LOWEST;
  var spoilt = 0.0;
  for (var i = lane; i < width; i += lanes) {
    most = max(most, most_of(logits[start + i]));
    spoilt += spoiling(logits[start + i]);
  }
  let is_broken = total(spoilt) > 0.0;
  most = maximum(most);
  var sums = Value();
  var above = Value();
  for (var i = lane; i < width; i += lanes) {
    let value = logits[start + i];
    sums += exp(value - most);
    above += select(Value(), Value(1.0), value > Value(own));
  }
  let sum = total(sum_of(sums));
  let before = total(sum_of(above));
  if (lane == 0) {
    let place = params.out_offset + row * 4;
    out[place] = own;
    out[place + 1] = select(exp(own - most) / sum, nan(), is_broken);
    out[place + 2] = select(before + 1, nan(), is_broken);
    out[place + 3] = select(log(sum) - (own - most), nan(), is_broken);
  }
}
