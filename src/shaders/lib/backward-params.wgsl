// What every kernel of the sweep backwards through time is told: `vectors` rows v are taken through position t of one
// sequence. Rows of states and gates are as in recurrent-params.wgsl, with a batch of 1.
struct Params {
  position: u32,
  gates_first: u32,
  gates_rows: u32,
  vectors: u32,
  units: u32,
  reverse: u32,
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
