// Rotary positions (Su et al. 2021), in place: the pair (x[i], x[i + pairs]) of every head is turned by its angle, backwards
// where `direction` is −1.
struct Params {
  tokens: u32, heads: u32, pairs: u32, x_start: u32, x_token: u32, x_head: u32, table_offset: u32, first: u32,
  direction: f32, group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
// (cosine, sine) of pair i at position t: [positions, pairs].
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.x + params.group_offset) * 64 + lane;
  let pair = index % params.pairs;
  let head = index / params.pairs % params.heads;
  let token = index / params.pairs / params.heads;
  if (token >= params.tokens) { return; }
  let angle = params.table_offset + ((params.first + token) * params.pairs + pair) * 2;
  let turn = vec2f(table[angle], params.direction * table[angle + 1]);
  let low = params.x_start + token * params.x_token + head * params.x_head + pair;
  let high = low + params.pairs;
  let a = x[low];
  let b = x[high];
  x[low] = a * turn.x - b * turn.y;
  x[high] = b * turn.x + a * turn.y;
}
