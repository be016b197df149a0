// out[t, :] = scale * table[ids[t], :] + positions[first + t, :]
//
// One thread per four values of a row. The table is stored as f32, in 16 bits when HALF (BFLOAT: bf16, else f16) or packed
// when BLOCKS; of these the width is a multiple of 4.
#include "half.wgsl"
struct Params {
  tokens: u32,
  width: u32,
  // The position of token 0.
  first: u32,
  // The rows of the whole table that this one holds; tokens of others are left alone.
  row_from: u32,
  rows: u32,
  scale: f32,
  table_offset: u32,
  positions_offset: u32,
  ids_offset: u32,
  out_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
#if BLOCKS
#include "blocks.wgsl"
@group(0) @binding(2) var<storage, read> table: array<Piece>;
@group(0) @binding(5) var<storage, read> scales: array<vec4f>;

// Values 4·k4 … 4·k4 + 3 of a row.
fn unpacked(row: u32, k4: u32) -> vec4f {
  let piece = table[(row / 4) * (params.width / 4) + k4];
  var codes = column0(piece);
#for c 1 4
  if (row % 4 == {c}) { codes = column{c}(piece); }
#endfor
  let at = scale_index(row / 4, k4, params.width);
#if MINIMA
  return codes * scales[at][row % 4] + scales[at + 1][row % 4];
#else
  return codes * scales[at][row % 4];
#endif
}
#else
#if HALF
@group(0) @binding(2) var<storage, read> table: array<vec2u>;
#else
@group(0) @binding(2) var<storage, read> table: array<f32>;
#endif
#endif
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
#if POSITIONS
@group(0) @binding(4) var<storage, read> positions: array<f32>;
#endif

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quads = (params.width + 3) / 4;
  let index = (group.x + params.group_offset) * 64 + lane;
  let token = index / quads;
  if (token >= params.tokens) { return; }
  let column = (index % quads) * 4;
  let id = ids[params.ids_offset + token] - params.row_from;
  if (id >= params.rows) { return; }
  let count = min(params.width - column, 4u);
  let start = id * params.width + column;
#if BLOCKS
  let values = unpacked(id, column / 4);
#endif
#if HALF
  let stored = table[(params.table_offset * 2 + start) / 4];
#if BFLOAT
  let values = from_bf16(stored);
#else
  let values = from_f16(stored);
#endif
#endif
  for (var j = 0u; j < count; j++) {
#if FLOATS
    var value = table[params.table_offset + start + j];
#else
    var value = values[j];
#endif
    value *= params.scale;
#if POSITIONS
    value += positions[params.positions_offset + (params.first + token) * params.width + column + j];
#endif
    out[params.out_offset + token * params.width + column + j] = value;
  }
}
