// What one step of an LSTM multiplies derivatives with, for a stretch of its steps: six planes of `slopes` [rows, 6, H],
//   g·σ′(i);  c′·σ′(f);  i·(1 − g²);  tanh c·σ′(o);  o·(1 − tanh²c);  f
// by dc → δi, δf, δg, by dh → δo, by dh → dc, and by dc → dc′. Row 0 is position `first`.
#include "gate.wgsl"
struct Params {
  first: u32,
  rows: u32,
  units: u32,
  reverse: u32,
  gates_first: u32,
  gates_rows: u32,
  // As lib/gate.wgsl has it.
  gate_slope: f32,
  group_offset: u32,
  cells_offset: u32,
  gates_offset: u32,
  slopes_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> cells: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read_write> slopes: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = (group.x + params.group_offset) * 64u + local.x;
  let H = params.units;
  if (at >= params.rows * H) { return; }
  let row = at / H;
  let j = at % H;
  let position = params.first + row;
  // Rows of the cell before and after the step.
  let before = select(position, position + 1u, params.reverse != 0u);
  let after = select(position + 1u, position, params.reverse != 0u);
  let plane = params.gates_rows * H;
  let own = params.gates_offset + (position - params.gates_first) * H + j;
  let i = gates[own];
  let f = gates[own + plane];
  let g = gates[own + 2u * plane];
  let o = gates[own + 3u * plane];
  let squashed = tanh_of(cells[params.cells_offset + after * H + j]);
  let out = params.slopes_offset + row * 6u * H + j;
  slopes[out] = g * gate_slope_at(i);
  slopes[out + H] = cells[params.cells_offset + before * H + j] * gate_slope_at(f);
  slopes[out + 2u * H] = i * (1.0 - g * g);
  slopes[out + 3u * H] = squashed * gate_slope_at(o);
  slopes[out + 4u * H] = o * (1.0 - squashed * squashed);
  slopes[out + 5u * H] = f;
}
