// Means over the queries of each head: rows [H, 9, T] of `attention-metrics` to means [H, 8]. Rows that see nothing
// don't count, nor does a query without the key that is meant: the one before, its own, an earlier one of its token, one after
// such a one. Where no query counts, the mean is -1. One thread per mean.
struct Params {
  heads: u32,
  queries: u32,
  keys: u32,
  first_query: u32,
  rows_offset: u32,
  tokens_offset: u32,
  means_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
// [T + S]; of the queries, REPEATED says that the token is that of an earlier key, FOLLOWED that such a one has a key after it.
@group(0) @binding(2) var<storage, read> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;

const METRICS = 8u;
const PREVIOUS = 2u;
const SELF = 4u;
const DUPLICATE = 6u;
const INDUCTION = 7u;
const REPEATED = 0x40000000u;
const FOLLOWED = 0x20000000u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.heads * METRICS) { return; }
  let h = id.x / METRICS;
  let metric = id.x % METRICS;
  let head = params.rows_offset + h * (METRICS + 1u) * params.queries;
  let row = head + metric * params.queries;
  let seen = head + METRICS * params.queries;
  var sum = 0.0;
  var count = 0.0;
  for (var t = 0u; t < params.queries; t++) {
    let position = t + params.first_query;
    let word = tokens[params.tokens_offset + t];
    if (metric == PREVIOUS && (position == 0u || position > params.keys)) { continue; }
    if (metric == SELF && position >= params.keys) { continue; }
    if (metric == DUPLICATE && (word & REPEATED) == 0u) { continue; }
    if (metric == INDUCTION && (word & FOLLOWED) == 0u) { continue; }
    sum += rows[row + t];
    count += rows[seen + t];
  }
  means[params.means_offset + id.x] = select(-1.0, sum / count, count > 0.0);
}
