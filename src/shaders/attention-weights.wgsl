// A rectangle of the patterns of heads [head_from, …): weights [heads, height, width], row-major, from q, k and the row
// statistics. One thread computes TILE × TILE weights; what a query must not see is 0 and costs nothing.
#include "part.wgsl"
#include "visible.wgsl"
#include "score.wgsl"

struct Params {
  head_from: u32,
  row_from: u32,
  column_from: u32,
  height: u32,
  width: u32,
#include "score-params.wgsl"
  statistics_offset: u32,
  weights_offset: u32,
#if KEY_MASK
  key_mask_offset: u32,
#endif
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<Part>;
@group(0) @binding(2) var<storage, read> k: array<Part>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;
#if BIAS
@group(0) @binding(5) var<storage, read> bias: array<f32>;
#endif
#if KEY_MASK
@group(0) @binding(6) var<storage, read> key_mask: array<f32>;
#endif

@compute @workgroup_size(GROUP, GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let z = workgroup.z + params.group_offset;
  let h = params.head_from + z;
  let x = (workgroup.x * GROUP + local.x) * TILE;
  let y = (workgroup.y * GROUP + local.y) * TILE;
  if (x >= params.width || y >= params.height) { return; }
  let t0 = params.row_from + y;
  let s0 = params.column_from + x;
  let last_t = params.row_from + params.height - 1u;
  let last_s = params.column_from + params.width - 1u;
  let place = params.weights_offset + (z * params.height + y) * params.width + x;
#for i 0 TILE
#for r 0 QUADS
  var sum{i}_{r} = vec4f();
#endfor
#endfor
  if (s0 < visible(min(t0 + TILE - 1u, last_t)).y && s0 + TILE > visible(t0).x) {
    let q_base = params.q_start + h * params.q_head;
    let k_base = params.k_start + (h / params.group) * params.k_head;
#for i 0 TILE
    let q_at{i} = q_base + min(t0 + {i}u, last_t) * params.q_token;
    let k_at{i} = k_base + min(s0 + {i}u, last_s) * params.k_token;
#endfor
    for (var part = 0u; part < params.parts; part++) {
#for j 0 TILE
      let k{j} = k[k_at{j} + part];
#endfor
#for i 0 TILE
      let q{i} = q[q_at{i} + part];
      sum{i}_0 += vec4f(product(q{i}, k0), product(q{i}, k1), product(q{i}, k2), product(q{i}, k3));
#if WIDE
      sum{i}_1 += vec4f(product(q{i}, k4), product(q{i}, k5), product(q{i}, k6), product(q{i}, k7));
#endif
#endfor
    }
#for i 0 TILE
#for r 0 QUADS
    sum{i}_{r} = scaled(sum{i}_{r});
#endfor
#endfor
#for i 0 TILE
    let row{i} = row_of(h, min(t0 + {i}u, last_t));
#for r 0 QUADS
    sum{i}_{r} = weigh(row{i}, s0 + {r}u * 4u, sum{i}_{r});
#endfor
#endfor
  }
#for i 0 TILE
  // A row with a score that is no number is none throughout, what it must not see included: so softmax says.
  let total{i} = statistics[(h * params.queries + min(t0 + {i}u, last_t)) * 2u + 1u + params.statistics_offset];
  if (is_nan(total{i})) {
#for r 0 QUADS
    sum{i}_{r} = vec4f(total{i});
#endfor
  }
  if (t0 + {i}u <= last_t) {
#for r 0 QUADS
    store(place + {i}u * params.width + {r}u * 4u, params.width - x, {r}u * 4u, sum{i}_{r});
#endfor
  }
#endfor
}

struct Row {
  h: u32,
  t: u32,
  seen: vec2u,
  largest: f32,
  // 1 / sum; 0 for a row that sees nothing.
  factor: f32,
}

fn row_of(h: u32, t: u32) -> Row {
  let at = (h * params.queries + t) * 2u + params.statistics_offset;
  let sum = statistics[at + 1u];
  return Row(h, t, visible(t), statistics[at], select(0.0, 1.0 / sum, sum > 0.0));
}

fn weigh(row: Row, s: u32, scores: vec4f) -> vec4f {
  let values = biased_keys(scores, row.h, row.t, s);
  let places = vec4u(s, s + 1u, s + 2u, s + 3u);
  var is_seen = (places >= vec4u(row.seen.x)) & (places < vec4u(row.seen.y)) & (values > vec4f(HIDDEN));
#if KEY_MASK
  is_seen = is_seen & vec4<bool>(is_there(s), is_there(s + 1u), is_there(s + 2u), is_there(s + 3u));
#endif
  return select(vec4f(), exp(values - row.largest) * row.factor, is_seen);
}

fn store(place: u32, left: u32, at: u32, values: vec4f) {
  if (at + 4u <= left) {
    weights[place] = values.x;
    weights[place + 1u] = values.y;
    weights[place + 2u] = values.z;
    weights[place + 3u] = values.w;
    return;
  }
  if (at < left) { weights[place] = values.x; }
  if (at + 1u < left) { weights[place + 1u] = values.y; }
  if (at + 2u < left) { weights[place + 2u] = values.z; }
}
