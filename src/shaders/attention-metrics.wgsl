// What each row of the patterns is like, from a slab [heads, S, rows] of scores while it is there, and the row statistics:
// measures [H, 9, T] of entropy (nats), mean distance of the keys, weight of the key before, of the first key, of the query's
// own key, of special tokens, of earlier keys with the query's token, of keys after such a one, and whether the row sees
// anything (1 or 0). One thread takes 4 rows, which one load brings for each key.
#include "visible.wgsl"
#include "invalid.wgsl"
#include "hidden.wgsl"

struct Params {
  head_from: u32,
  query_from: u32,
  rows: u32,
  queries: u32,
  keys: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  statistics_offset: u32,
  measures_offset: u32,
  tokens_offset: u32,
#if KEY_MASK
  key_mask_offset: u32,
#endif
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> slab: array<vec4f>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> measures: array<f32>;
// [T + S]: the queries', then the keys'; SPECIAL and an id.
@group(0) @binding(4) var<storage, read> tokens: array<u32>;
#if KEY_MASK
@group(0) @binding(5) var<storage, read> key_mask: array<f32>;
#endif

const SPECIAL = 0x80000000u;
const ID = 0x1fffffffu;
// No token's id.
const NONE = 0xffffffffu;
const MEASURES = 9u;

@compute @workgroup_size(GROUP * GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let z = workgroup.y + params.group_offset;
  let h = params.head_from + z;
  let row = (workgroup.x * GROUP * GROUP + local.x) * 4u;
  let t0 = params.query_from + row;
  if (row >= params.rows || t0 >= params.queries) { return; }
  let last_t = params.queries - 1u;
  var largest = vec4f();
  var log_sum = vec4f();
  var is_seen = vec4f();
  // Keys [first, to) that each of the 4 queries sees, and its token.
  var first: vec4u;
  var to: vec4u;
  var ids: vec4u;
#for i 0 4
  let query{i} = min(t0 + {i}u, last_t);
  let seen{i} = visible(t0 + {i}u);
  first[{i}] = seen{i}.x;
  to[{i}] = seen{i}.y;
  ids[{i}] = tokens[params.tokens_offset + query{i}] & ID;
  let statistic{i} = (h * params.queries + query{i}) * 2u + params.statistics_offset;
  let total{i} = statistics[statistic{i} + 1u];
  largest[{i}] = statistics[statistic{i}];
  log_sum[{i}] = log(max(total{i}, 1e-30));
  is_seen[{i}] = select(0.0, 1.0, total{i} > 0.0 || is_nan(total{i}));
#endfor
  let position = vec4u(t0, t0 + 1u, t0 + 2u, t0 + 3u) + params.first_query;
  let place = vec4f(position);
  var entropy = vec4f();
  var reach = vec4f();
  var previous = vec4f();
  var on_first = vec4f();
  var diagonal = vec4f();
  var special = vec4f();
  var duplicate = vec4f();
  var induction = vec4f();

  let begin = visible(t0).x;
  let end = visible(min(t0 + 3u, last_t)).y;
  let key = params.tokens_offset + params.queries;
  var before = NONE;
  if (begin > 0u) { before = tokens[key + begin - 1u] & ID; }
  for (var s = begin; s < end; s++) {
    let word = tokens[key + s];
    let former = before;
    before = word & ID;
    if (!is_there(s)) { continue; }
    let scores = slab[((z * params.keys + s) * params.rows + row) / 4u];
    let is_visible = (vec4u(s) >= first) & (vec4u(s) < to) & (scores > vec4f(HIDDEN));
    let log_weight = select(vec4f(HIDDEN), scores - largest - log_sum, is_visible);
    let weight = exp(log_weight);
    entropy -= select(vec4f(), weight * log_weight, weight > vec4f());
    reach += weight * abs(place - f32(s));
    previous = select(previous, weight, position == vec4u(s + 1u));
    diagonal = select(diagonal, weight, position == vec4u(s));
    if (s == 0u) { on_first = weight; }
    if ((word & SPECIAL) != 0u) { special += weight; }
    duplicate += select(vec4f(), weight, (vec4u(word & ID) == ids) & (vec4u(s) < position));
    induction += select(vec4f(), weight, (vec4u(former) == ids) & (vec4u(s) <= position));
  }
#for i 0 4
  if (t0 + {i}u < params.queries) {
    let at = params.measures_offset + h * MEASURES * params.queries + t0 + {i}u;
    let is_broken = is_nan(total{i});
    measures[at] = select(entropy[{i}], total{i}, is_broken);
    measures[at + params.queries] = select(reach[{i}], total{i}, is_broken);
    measures[at + 2u * params.queries] = select(previous[{i}], total{i}, is_broken);
    measures[at + 3u * params.queries] = select(on_first[{i}], total{i}, is_broken);
    measures[at + 4u * params.queries] = select(diagonal[{i}], total{i}, is_broken);
    measures[at + 5u * params.queries] = select(special[{i}], total{i}, is_broken);
    measures[at + 6u * params.queries] = select(duplicate[{i}], total{i}, is_broken);
    measures[at + 7u * params.queries] = select(induction[{i}], total{i}, is_broken);
    measures[at + 8u * params.queries] = is_seen[{i}];
  }
#endfor
}
