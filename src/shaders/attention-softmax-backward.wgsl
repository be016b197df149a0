// The softmax backward, over slabs [heads, S, rows]. `slab` holds e^(score − max) and becomes the weights P themselves;
// `gradients` holds ∂y/∂P and becomes ∂y/∂(q·k) = scale · P ⊙ (∂y/∂P − Σ P ⊙ ∂y/∂P), with SOFT_CAP times the cap's own
// derivative. One thread per row. What a query must not see becomes 0 within its tile of TILE rows. Afterwards the rows'
// sums in `statistics` are 1, since the weights are whole; of a row that sees nothing the sum stays 0.
#include "slab-row.wgsl"
#include "invalid.wgsl"

struct Params {
  head_from: u32,
  query_from: u32,
  rows: u32,
  queries: u32,
  keys: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  scale: f32,
#if SOFT_CAP
  soft_cap: f32,
#endif
  statistics_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> slab: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;

fn process(row: SlabRow) {
  let base = row.base;
  let seen = row.seen;
  let sum = statistics[row.place + 1u];
  let inverse = select(select(0.0, 1.0 / sum, sum > 0.0), sum, is_nan(sum));

  var mean = 0.0;
  for (var s = seen.x; s < seen.y; s++) {
    let at = base + s * params.rows;
    mean += slab[at] * inverse * gradients[at];
  }
  for (var s = seen.x; s < seen.y; s++) {
    let at = base + s * params.rows;
    let power = slab[at];
    let weight = power * inverse;
    var gradient = 0.0;
    // Hidden keys have no score to derive by.
    if (power != 0.0) {
      gradient = weight * (gradients[at] - mean) * params.scale;
#if SOFT_CAP
      let capped = (log(power) + statistics[row.place]) / params.soft_cap;
      gradient *= 1.0 - capped * capped;
#endif
    }
    slab[at] = weight;
    gradients[at] = gradient;
  }

  for (var s = row.tile.x; s < seen.x; s++) { gradients[base + s * params.rows] = 0.0; }
  for (var s = seen.y; s < row.tile.y; s++) { gradients[base + s * params.rows] = 0.0; }
  if (sum > 0.0) { statistics[row.place + 1u] = 1.0; }
}
