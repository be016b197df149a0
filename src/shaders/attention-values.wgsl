// Weighted sums of the values: output [T, H, d] from a slab [heads, S, rows] of e^(score − max) and the row sums. One
// thread computes TILE queries × COLUMNS parts of a head; keys that none of its queries sees are skipped.
#include "part.wgsl"
#include "visible.wgsl"
#include "invalid.wgsl"

struct Params {
  head_from: u32,
  query_from: u32,
  rows: u32,
  queries: u32,
  keys: u32,
  group: u32,
  parts: u32,
  v_start: u32,
  v_token: u32,
  v_head: u32,
  output_start: u32,
  output_token: u32,
  output_head: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  statistics_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> slab: array<vec4f>;
@group(0) @binding(2) var<storage, read> v: array<Part>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<Part>;

@compute @workgroup_size(GROUP * GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let z = workgroup.y + params.group_offset;
  let h = params.head_from + z;
  // Numbered through, so that narrow heads leave no thread without work.
  let tile = workgroup.x * GROUP * GROUP + local.x;
  let across = (params.parts + COLUMNS - 1u) / COLUMNS;
  let part = tile % across * COLUMNS;
  let row = tile / across * TILE;
  if (row >= params.rows) { return; }
  let t0 = params.query_from + row;
  let last_t = params.queries - 1u;
  let first = visible(min(t0, last_t)).x;
  let to = visible(min(t0 + TILE - 1u, last_t)).y;
  let v_base = params.v_start + (h / params.group) * params.v_head;
#for j 0 COLUMNS
  let v_at{j} = v_base + min(part + {j}u, params.parts - 1u);
#endfor
#for i 0 TILE
#for j 0 COLUMNS
  var sum{i}_{j} = Part();
#endfor
#endfor
  for (var s = first; s < to; s++) {
    let place = ((z * params.keys + s) * params.rows + row) / 4u;
#for r 0 QUADS
    let weights{r} = slab[place + {r}u];
#endfor
    let token = s * params.v_token;
#for j 0 COLUMNS
    let v{j} = v[v_at{j} + token];
    sum0_{j} += weights0.x * v{j};
    sum1_{j} += weights0.y * v{j};
    sum2_{j} += weights0.z * v{j};
    sum3_{j} += weights0.w * v{j};
#if WIDE
    sum4_{j} += weights1.x * v{j};
    sum5_{j} += weights1.y * v{j};
    sum6_{j} += weights1.z * v{j};
    sum7_{j} += weights1.w * v{j};
#endif
#endfor
  }
#for i 0 TILE
  if (t0 + {i}u < params.queries) {
    let total = statistics[(h * params.queries + t0 + {i}u) * 2u + 1u + params.statistics_offset];
    // A row that sees nothing is 0, one whose sum is NaN is NaN.
    let factor = select(select(0.0, 1.0 / total, total > 0.0), total, is_nan(total));
    let place = params.output_start + (t0 + {i}u) * params.output_token + h * params.output_head + part;
#for j 0 COLUMNS
    if (part + {j}u < params.parts) { output[place + {j}u] = sum{i}_{j} * factor; }
#endfor
  }
#endfor
}
