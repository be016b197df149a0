// What every step kernel is told. `B` sequences, `H` units, `P` values of the hidden state (H without a projection),
// `G` gates. Weights and products are interleaved: the G values of one unit stand side by side.
//
// States have one row more than there are positions, for the initial state: its row is 0 when the layer reads forwards
// and T when it reads backwards, so that position t writes row t + 1 or row t.
struct Params {
  // t, the position that is computed.
  position: u32,
  // Position of the first row of `product`.
  product_first: u32,
  // Position of the first row of a plane of `gates`, and rows of a plane.
  gates_first: u32,
  gates_rows: u32,
  // T
  positions: u32,
  batch: u32,
  units: u32,
  state: u32,
  // The units whose recurrent weights are bound, which are computed: the first, and how many.
  block_first: u32,
  block_units: u32,
  reverse: u32,
  // 1: the states are there, and only gates are written.
  gates_only: u32,
  // As lib/gate.wgsl has it.
  gate_slope: f32,
  product_offset: u32,
  recurrent_offset: u32,
  lengths_offset: u32,
  hidden_offset: u32,
  cells_offset: u32,
  gates_offset: u32,
  bias_offset: u32,
  raw_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

// True when position t of sequence b holds a token, and no padding.
fn is_inside(b: u32) -> bool {
  return params.position < lengths[params.lengths_offset + b];
}

// Row of the state that position t of sequence b starts from.
fn previous_row(b: u32) -> u32 {
  if (params.reverse == 0u) { return params.position; }
  // Reading backwards, a padded sequence starts at its own last token.
  let starts = params.position + 1u == lengths[params.lengths_offset + b];
  return select(params.position + 1u, params.positions, starts);
}

// Row of the state that position t writes.
fn next_row() -> u32 {
  return select(params.position + 1u, params.position, params.reverse != 0u);
}

// Where unit j of sequence b stands in plane g of `gates` [planes, rows, B, H].
fn gate_index(g: u32, b: u32, j: u32) -> u32 {
  let row = g * params.gates_rows + params.position - params.gates_first;
  return params.gates_offset + (row * params.batch + b) * params.units + j;
}

// First of the G values of unit j of sequence b in `product` [rows, B, H·G].
fn product_index(b: u32, j: u32, gates: u32) -> u32 {
  let row = (params.position - params.product_first) * params.batch + b;
  return params.product_offset + (row * params.units + j) * gates;
}
