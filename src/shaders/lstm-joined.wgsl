// Rows (dh, dc) of derivatives by the state after one step of an LSTM: joined [k, 2H] gets dc + dh·o·(1 − tanh²c), which
// is all that comes to the cell, and dh beside it; the carry becomes what goes on to the cell before, that times f.
// `vector` is the derivative by the output before a projection, [k, H]; slopes are those of lstm-slopes.wgsl.
struct Params {
  vectors: u32,
  units: u32,
  row: u32,
  group_offset: u32,
  vector_offset: u32,
  slopes_offset: u32,
  carry_offset: u32,
  joined_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> vector: array<vec4f>;
@group(0) @binding(2) var<storage, read> slopes: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> carry: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> joined: array<vec4f>;

// Rows that a thread takes: they share its slopes.
const ROWS = 16u;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let q = group.x * 16u + local.x;
  let quads = params.units / 4u;
  if (q >= quads) { return; }
  let own = params.slopes_offset / 4u + params.row * 6u * quads + q;
  let by_hidden = slopes[own + 4u * quads];
  let by_cell = slopes[own + 5u * quads];
  let start = (group.y + params.group_offset) * ROWS;
  for (var row = start; row < min(start + ROWS, params.vectors); row++) {
    let at = row * quads + q;
    let dh = vector[params.vector_offset / 4u + at];
    let rest = params.carry_offset / 4u + at;
    let dc = carry[rest] + dh * by_hidden;
    carry[rest] = dc * by_cell;
    let to = params.joined_offset / 4u + at + row * quads;
    joined[to] = dc;
    joined[to + quads] = dh;
  }
}
