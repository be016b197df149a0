// One step of an LSTM layer in one direction, for all sequences: recurrent product, gates and new state at once.
//   i, f, o = σ(product + U h′),  g = tanh(product + U h′),  c = f·c′ + i·g,  h = o·tanh c
// `product` holds W x with both biases. With PROJECTED the output goes to `raw`, and recurrent-project.wgsl makes the
// hidden state of it.
#include "gate.wgsl"
#include "recurrent-params.wgsl"
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> recurrent: array<vec4f>;
@group(0) @binding(3) var<storage, read> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> cells: array<f32>;
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;
#if PROJECTED
@group(0) @binding(7) var<storage, read_write> raw: array<f32>;
#endif

alias Sum = vec4f;

// What a value of the hidden state adds to (i, f, g, o).
fn term(b: u32, at: u32, k: u32, value: f32) -> Sum {
  return recurrent[params.recurrent_offset / 4u + at] * value;
}

fn finish(b: u32, j: u32, start: u32, sum: Sum) {
  let at = product_index(b, j, 4u);
  let x = sum + vec4f(product[at], product[at + 1u], product[at + 2u], product[at + 3u]);
  let inside = is_inside(b);
  // Selected and not branched over, so that padding is exactly 0.
  let i = select(0.0, gate_of(x.x), inside);
  let f = select(0.0, gate_of(x.y), inside);
  let g = select(0.0, tanh_of(x.z), inside);
  let o = select(0.0, gate_of(x.w), inside);
  let before = cells[params.cells_offset + (previous_row(b) * params.batch + b) * params.units + j];
  let c = select(0.0, f * before + i * g, inside);
  gates[gate_index(0u, b, j)] = i;
  gates[gate_index(1u, b, j)] = f;
  gates[gate_index(2u, b, j)] = g;
  gates[gate_index(3u, b, j)] = o;
  if (params.gates_only != 0u) { return; }
  cells[params.cells_offset + (next_row() * params.batch + b) * params.units + j] = c;
  let h = o * tanh_of(c);
#if PROJECTED
  raw[params.raw_offset + b * params.units + j] = h;
#else
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + j] = h;
#endif
}

#include "recurrent-step.wgsl"
