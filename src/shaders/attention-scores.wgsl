// Scores of heads [head_from, …) and queries [query_from, …) of one layer, into a slab [heads, S, rows]: the queries of
// one key lie side by side, so that the softmax reads them in step. One thread computes TILE × TILE scores in registers;
// tiles that no query may see are skipped, and stay as they are. Rows are padded to a multiple of TILE.
#include "part.wgsl"
#include "visible.wgsl"
#include "score.wgsl"

struct Params {
  head_from: u32,
  query_from: u32,
  rows: u32,
#include "score-params.wgsl"
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<Part>;
@group(0) @binding(2) var<storage, read> k: array<Part>;
@group(0) @binding(3) var<storage, read_write> slab: array<vec4f>;
#if BIAS
@group(0) @binding(4) var<storage, read> bias: array<f32>;
#endif

@compute @workgroup_size(GROUP, GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let z = workgroup.z + params.group_offset;
  let h = params.head_from + z;
  let row = (workgroup.x * GROUP + local.x) * TILE;
  let s0 = (workgroup.y * GROUP + local.y) * TILE;
  if (row >= params.rows || s0 >= params.keys) { return; }
  let t0 = params.query_from + row;
  let last_t = params.queries - 1u;
  let last_s = params.keys - 1u;
  if (s0 >= visible(min(t0 + TILE - 1u, last_t)).y || s0 + TILE <= visible(min(t0, last_t)).x) { return; }

  let q_base = params.q_start + h * params.q_head;
  let k_base = params.k_start + (h / params.group) * params.k_head;
#for i 0 TILE
  let q_at{i} = q_base + min(t0 + {i}u, last_t) * params.q_token;
  let k_at{i} = k_base + min(s0 + {i}u, last_s) * params.k_token;
#endfor
#for j 0 TILE
#for r 0 QUADS
  var sum{j}_{r} = vec4f();
#endfor
#endfor
  for (var part = 0u; part < params.parts; part++) {
#for j 0 TILE
    let k{j} = k[k_at{j} + part];
#endfor
#for i 0 TILE
    let q{i} = q[q_at{i} + part];
#endfor
#for j 0 TILE
    sum{j}_0 += vec4f(product(q0, k{j}), product(q1, k{j}), product(q2, k{j}), product(q3, k{j}));
#if WIDE
    sum{j}_1 += vec4f(product(q4, k{j}), product(q5, k{j}), product(q6, k{j}), product(q7, k{j}));
#endif
#endfor
  }
#for j 0 TILE
#for r 0 QUADS
  sum{j}_{r} = scaled(sum{j}_{r});
#endfor
#endfor
#for j 0 TILE
  if (s0 + {j}u < params.keys) {
    let place = ((z * params.keys + s0 + {j}u) * params.rows + row) / 4u;
#for r 0 QUADS
    slab[place + {r}u] = biased_queries(sum{j}_{r}, h, t0 + {r}u * 4u, s0 + {j}u);
#endfor
  }
#endfor
}
