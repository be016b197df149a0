// What each row of the patterns is like, from q, k and the row statistics, without storing a weight: rows [H, 9, T] of
// entropy (nats), mean distance of the keys, weight of the key before, of the first key, of the query's own key, of special
// tokens, of earlier keys with the query's token, of keys after such a one, and whether the row sees anything (1 or 0). One thread computes 4 rows, TILE keys at a time.
#include "part.wgsl"
#include "visible.wgsl"
#include "score.wgsl"

struct Params {
  head_from: u32,
  queries: u32,
  keys: u32,
  group: u32,
  parts: u32,
  q_start: u32,
  q_token: u32,
  q_head: u32,
  k_start: u32,
  k_token: u32,
  k_head: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  scale: f32,
#if SOFT_CAP
  soft_cap: f32,
#endif
#if BIAS
  bias_start: u32,
  bias_head: u32,
  bias_query: u32,
  bias_key: u32,
#endif
  statistics_offset: u32,
  rows_offset: u32,
  tokens_offset: u32,
#if KEY_MASK
  key_mask_offset: u32,
#endif
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<Part>;
@group(0) @binding(2) var<storage, read> k: array<Part>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> rows: array<f32>;
// [T + S]: the queries', then the keys'; SPECIAL and an id.
@group(0) @binding(5) var<storage, read> tokens: array<u32>;
#if BIAS
@group(0) @binding(6) var<storage, read> bias: array<f32>;
#endif
#if KEY_MASK
@group(0) @binding(7) var<storage, read> key_mask: array<f32>;
#endif

const SPECIAL = 0x80000000u;
const ID = 0x1fffffffu;
const ROWS = 9u;

// Of 4 rows.
struct Sums {
  entropy: vec4f,
  distance: vec4f,
  previous: vec4f,
  first: vec4f,
  diagonal: vec4f,
  special: vec4f,
  duplicate: vec4f,
  induction: vec4f,
}

// Keys [first, end) that each of 4 queries sees.
struct Seen {
  first: vec4u,
  end: vec4u,
  // Its tokens.
  ids: vec4u,
}

var<private> sums: Sums;

@compute @workgroup_size(GROUP * GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let h = params.head_from + workgroup.y;
  let t0 = ((workgroup.x + params.group_offset) * GROUP * GROUP + local.x) * 4u;
  if (t0 >= params.queries) { return; }
  let last_t = params.queries - 1u;
  let last_s = params.keys - 1u;
  var largest = vec4f();
  var log_sum = vec4f();
  var is_seen = vec4f();
  var seen: Seen;
#for i 0 4
  let seen{i} = visible(t0 + {i}u);
  seen.first[{i}] = seen{i}.x;
  seen.end[{i}] = seen{i}.y;
  seen.ids[{i}] = tokens[params.tokens_offset + min(t0 + {i}u, last_t)] & ID;
  let statistic{i} = (h * params.queries + min(t0 + {i}u, last_t)) * 2u + params.statistics_offset;
  largest[{i}] = statistics[statistic{i}];
  let total{i} = statistics[statistic{i} + 1u];
  is_seen[{i}] = select(0.0, 1.0, total{i} > 0.0 || is_nan(total{i}));
  log_sum[{i}] = log(max(total{i}, 1e-30));
  let q_at{i} = params.q_start + h * params.q_head + min(t0 + {i}u, last_t) * params.q_token;
#endfor
  let k_base = params.k_start + (h / params.group) * params.k_head;
  let end = visible(min(t0 + 3u, last_t)).y;
  for (var s0 = visible(t0).x; s0 < end; s0 += TILE) {
#for j 0 TILE
    var sum{j} = vec4f();
    let k_at{j} = k_base + min(s0 + {j}u, last_s) * params.k_token;
#endfor
    for (var part = 0u; part < params.parts; part++) {
#for i 0 4
      let q{i} = q[q_at{i} + part];
#endfor
#for j 0 TILE
      let k{j} = k[k_at{j} + part];
      sum{j} += vec4f(product(q0, k{j}), product(q1, k{j}), product(q2, k{j}), product(q3, k{j}));
#endfor
    }
#for j 0 TILE
    if (s0 + {j}u < end && is_there(s0 + {j}u)) { add(h, t0, s0 + {j}u, sum{j}, largest, log_sum, seen); }
#endfor
  }
#for i 0 4
  if (t0 + {i}u < params.queries) {
    let place = params.rows_offset + h * ROWS * params.queries + t0 + {i}u;
    rows[place] = select(sums.entropy[{i}], total{i}, is_nan(total{i}));
    rows[place + params.queries] = select(sums.distance[{i}], total{i}, is_nan(total{i}));
    rows[place + 2u * params.queries] = select(sums.previous[{i}], total{i}, is_nan(total{i}));
    rows[place + 3u * params.queries] = select(sums.first[{i}], total{i}, is_nan(total{i}));
    rows[place + 4u * params.queries] = select(sums.diagonal[{i}], total{i}, is_nan(total{i}));
    rows[place + 5u * params.queries] = select(sums.special[{i}], total{i}, is_nan(total{i}));
    rows[place + 6u * params.queries] = select(sums.duplicate[{i}], total{i}, is_nan(total{i}));
    rows[place + 7u * params.queries] = select(sums.induction[{i}], total{i}, is_nan(total{i}));
    rows[place + 8u * params.queries] = is_seen[{i}];
  }
#endfor
}

// Adds key s to the sums of its 4 queries.
fn add(h: u32, t0: u32, s: u32, dotted: vec4f, largest: vec4f, log_sum: vec4f, seen: Seen) {
  let scores = biased_queries(scaled(dotted), h, t0, s);
  let is_visible = (vec4u(s) >= seen.first) & (vec4u(s) < seen.end) & (scores > vec4f(HIDDEN));
  let log_weight = select(vec4f(HIDDEN), scores - largest - log_sum, is_visible);
  let weight = exp(log_weight);
  let position = vec4u(t0, t0 + 1u, t0 + 2u, t0 + 3u) + params.first_query;
  sums.entropy -= select(vec4f(), weight * log_weight, weight > vec4f());
  sums.distance += weight * abs(vec4f(position) - f32(s));
  sums.previous = select(sums.previous, weight, position == vec4u(s + 1u));
  sums.diagonal = select(sums.diagonal, weight, position == vec4u(s));
  if (s == 0u) { sums.first = weight; }
  let key = params.tokens_offset + params.queries + s;
  if ((tokens[key] & SPECIAL) != 0u) { sums.special += weight; }
  let is_same = vec4u(tokens[key] & ID) == seen.ids;
  sums.duplicate += select(vec4f(), weight, is_same & (vec4u(s) < position));
  let is_after = vec4u(tokens[key - min(s, 1u)] & ID) == seen.ids;
  sums.induction += select(vec4f(), weight, is_after & (vec4u(s) <= position) & vec4<bool>(s > 0u));
}
