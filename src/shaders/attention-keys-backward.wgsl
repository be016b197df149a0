// Sums over the queries: out[kh, s, :] = Σ slab[h, s, t] · x[t, h, :] over the queries t and the heads h of the group that
// key head kh belongs to, from a slab [heads, S, rows]. With P and ∂y/∂(output) it is ∂y/∂v, with ∂y/∂(q·k) and q it is
// ∂y/∂k. The first piece of a key head begins its sums, later ones go on. One thread sums 4 keys × one part of a head;
// tiles that no query sees are skipped.
#include "part.wgsl"
#include "visible.wgsl"

struct Params {
  head_from: u32,
  heads: u32,
  key_head_from: u32,
  query_from: u32,
  rows: u32,
  queries: u32,
  keys: u32,
  group: u32,
  parts: u32,
  q_start: u32,
  q_token: u32,
  q_head: u32,
  out_start: u32,
  out_token: u32,
  out_head: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> slab: array<vec4f>;
@group(0) @binding(2) var<storage, read> x: array<Part>;
@group(0) @binding(3) var<storage, read_write> out: array<Part>;

@compute @workgroup_size(GROUP * GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let kh = params.key_head_from + workgroup.y + params.group_offset;
  let index = workgroup.x * GROUP * GROUP + local.x;
  let part = index % params.parts;
  let s0 = index / params.parts * 4u;
  if (s0 >= params.keys) { return; }
  let last_t = params.queries - 1u;
  let heads = vec2u(
    max(kh * params.group, params.head_from),
    min((kh + 1u) * params.group, params.head_from + params.heads),
  );
#for j 0 4
  var sum{j} = Part();
#endfor
  for (var h = heads.x; h < heads.y; h++) {
    let x_base = params.q_start + h * params.q_head + part;
    for (var row = 0u; row < params.rows; row += 4u) {
      let t0 = params.query_from + row;
      if (t0 >= params.queries) { break; }
      let tile = t0 - row % TILE;
      let first = visible(tile).x;
      let to = visible(min(tile + TILE - 1u, last_t)).y;
      if (s0 >= to || s0 + 4u <= first) { continue; }
      let is_query = vec4u(t0) + vec4u(0, 1, 2, 3) < vec4u(params.queries);
#for i 0 4
      let x{i} = x[x_base + min(t0 + {i}u, last_t) * params.q_token];
#endfor
#for j 0 4
      if (s0 + {j}u >= first && s0 + {j}u < to) {
        let place = (((h - params.head_from) * params.keys + s0 + {j}u) * params.rows + row) / 4u;
        let w = select(vec4f(), slab[place], is_query);
        sum{j} += (w.x * x0 + w.y * x1) + (w.z * x2 + w.w * x3);
      }
#endfor
    }
  }
  let begins = params.query_from == 0u && heads.x == kh * params.group;
#for j 0 4
  if (s0 + {j}u < params.keys) {
    let place = params.out_start + (s0 + {j}u) * params.out_token + kh * params.out_head + part;
    if (begins) { out[place] = sum{j}; } else { out[place] += sum{j}; }
  }
#endfor
}
