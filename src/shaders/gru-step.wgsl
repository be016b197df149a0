// One step of a GRU layer in one direction, for all sequences.
//   r, z = σ(product + U h′ + bias),  u = Uₙ h′ + biasₙ,  n = tanh(product + r·u),  h = (1 − z)·n + z·h′
// `product` holds W x with the input bias; `bias` is the recurrent one, which for n stands inside the reset.
//
// PHASE 0: all of a step (the reset gate is applied after the product, as PyTorch does).
// PHASE 1 and 2: the reset gate is applied before the product, u = Uₙ (r·h′) + biasₙ, n = tanh(product + u), so that
// every r must be known first: 1 makes r and z, 2 the rest.
//
// Planes of `gates`: r, z, n, u (what the gradients need besides).
#include "gate.wgsl"
#include "recurrent-params.wgsl"
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> recurrent: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;

alias Sum = vec3f;

// What a value of the hidden state adds to (r, z, n).
fn term(b: u32, at: u32, k: u32, value: f32) -> Sum {
  let own = params.recurrent_offset + at * 3u;
  if (PHASE == 2) { return vec3f(0.0, 0.0, recurrent[own + 2u] * gates[gate_index(0u, b, k)] * value); }
  return vec3f(recurrent[own], recurrent[own + 1u], recurrent[own + 2u]) * value;
}

fn finish(b: u32, j: u32, start: u32, sum: Sum) {
  let at = product_index(b, j, 3u);
  let own = params.bias_offset + j * 3u;
  let inside = is_inside(b);
  // Selected and not branched over, so that padding is exactly 0.
  var r = 0.0;
  var z = 0.0;
  if (PHASE != 2) {
    r = select(0.0, gate_of(product[at] + sum.x + bias[own]), inside);
    z = select(0.0, gate_of(product[at + 1u] + sum.y + bias[own + 1u]), inside);
    gates[gate_index(0u, b, j)] = r;
    gates[gate_index(1u, b, j)] = z;
  }
  if (PHASE == 1) { return; }
  if (PHASE == 2) {
    z = gates[gate_index(1u, b, j)];
    r = 1.0;
  }
  let u = sum.z + bias[own + 2u];
  let n = select(0.0, tanh_of(product[at + 2u] + r * u), inside);
  gates[gate_index(2u, b, j)] = n;
  gates[gate_index(3u, b, j)] = select(0.0, u, inside);
  if (params.gates_only != 0u) { return; }
  let h = (1.0 - z) * n + z * hidden[start + j];
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + j] = select(0.0, h, inside);
}

#include "recurrent-step.wgsl"
