// Means over the queries of each head: rows [H, 9, T] of `attention-metrics` to means [H, 8]. Rows that see nothing
// don't count, nor does a query at position 0 for the weight of the key before, nor one without an earlier key of its token
// for the last two. Where no query counts, the mean is -1. One thread per mean.
struct Params {
  heads: u32,
  queries: u32,
  first_query: u32,
  rows_offset: u32,
  tokens_offset: u32,
  means_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
// [T + S]; of the queries, REPEATED says that the token is that of an earlier key.
@group(0) @binding(2) var<storage, read> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;

const METRICS = 8u;
const PREVIOUS = 2u;
const DUPLICATE = 6u;
const REPEATED = 0x40000000u;

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
    if (metric == PREVIOUS && t + params.first_query == 0u) { continue; }
    if (metric >= DUPLICATE && (tokens[params.tokens_offset + t] & REPEATED) == 0u) { continue; }
    sum += rows[row + t];
    count += rows[seen + t];
  }
  means[params.means_offset + id.x] = select(-1.0, sum / count, count > 0.0);
}
