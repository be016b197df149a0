// What every kernel of the sweep backwards through time is told, and its entry point: `vectors` rows v are taken through
// position t of one sequence, a thread for each of their values. The kernel that includes this defines
//   fn process(at: u32, j: u32)   the value at `at` of [vectors, H], which is unit j's
// Rows of states and gates are as in recurrent-params.wgsl, with a batch of 1.
struct Params {
  position: u32,
  gates_first: u32,
  gates_rows: u32,
  vectors: u32,
  units: u32,
  reverse: u32,
  // As lib/gate.wgsl has it.
  gate_slope: f32,
  group_offset: u32,
  vector_offset: u32,
  hidden_offset: u32,
  cells_offset: u32,
  gates_offset: u32,
  delta_offset: u32,
  carry_offset: u32,
  inputs_offset: u32,
  inner_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

// Rows of the state before and after position t.
fn before() -> u32 { return select(params.position, params.position + 1u, params.reverse != 0u); }
fn after() -> u32 { return select(params.position + 1u, params.position, params.reverse != 0u); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = (group.x + params.group_offset) * 64u + local.x;
  if (at >= params.vectors * params.units) { return; }
  process(at, at % params.units);
}
