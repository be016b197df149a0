// One step of a GRU layer in one direction, for all sequences.
//   r, z = σ(product + U h′ + bias),  u = Uₙ h′ + biasₙ,  n = tanh(product + r·u),  h = (1 − z)·n + z·h′
// `product` holds W x with the input bias; `bias` is the recurrent one, which for n stands inside the reset. A group of
// SPLIT threads shares the sum of one unit.
//
// PHASE 0: all of a step (the reset gate is applied after the product, as PyTorch does).
// PHASE 1 and 2: the reset gate is applied before the product, u = Uₙ (r·h′) + biasₙ, n = tanh(product + u), so that
// every r must be known first: 1 makes r and z, 2 the rest.
//
// Planes of `gates`: r, z, n, u (what the gradients need besides).
#include "squash.wgsl"
#include "recurrent-params.wgsl"
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> recurrent: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;

const UNITS = 64u / SPLIT;
#if SHARED
var<workgroup> parts: array<vec3f, 64>;
#endif

// What value k of the hidden state adds to (r, z, n); its weights begin at `at`.
fn term(b: u32, at: u32, start: u32, k: u32) -> vec3f {
  let value = hidden[start + k];
  if (PHASE == 2) { return vec3f(0.0, 0.0, recurrent[at + 2u] * gates[gate_index(0u, b, k)] * value); }
  return vec3f(recurrent[at], recurrent[at + 1u], recurrent[at + 2u]) * value;
}

// The lane's share of (r, z, n) of the recurrent product for unit j: every SPLIT-th k.
fn share(b: u32, j: u32, start: u32, lane: u32) -> vec3f {
  var sum = vec3f();
  var at = params.recurrent_offset + (lane * params.units + j) * 3u;
  let stride = SPLIT * params.units * 3u;
  var k = lane;
  // Eight at a time as far as that goes: loops cost more than their bodies on some adapters.
  for (; k + 7u * SPLIT < params.state; k += 8u * SPLIT) {
#for e 0 8
    sum += term(b, at + {e}u * stride, start, k + {e}u * SPLIT);
#endfor
    at += 8u * stride;
  }
  for (; k < params.state; k += SPLIT) {
    sum += term(b, at, start, k);
    at += stride;
  }
  return sum;
}

fn finish(b: u32, j: u32, start: u32, sum: vec3f) {
  let at = product_index(b, j, 3u);
  let own = params.bias_offset + j * 3u;
  let inside = is_inside(b);
  // Selected and not branched over, so that padding is exactly 0.
  var r = 0.0;
  var z = 0.0;
  if (PHASE != 2) {
    r = select(0.0, sigmoid_of(product[at] + sum.x + bias[own]), inside);
    z = select(0.0, sigmoid_of(product[at + 1u] + sum.y + bias[own + 1u]), inside);
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
  let h = (1.0 - z) * n + z * hidden[start + j];
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + j] = select(0.0, h, inside);
}

@compute @workgroup_size(UNITS, SPLIT)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.y;
  let j = group.x * UNITS + local.x;
  let start = params.hidden_offset + (previous_row(b) * params.batch + b) * params.state;
#if SHARED
  // Threads beyond the last unit repeat it: all of a workgroup must reach the barrier.
  parts[local.y * UNITS + local.x] = share(b, min(j, params.units - 1u), start, local.y);
  workgroupBarrier();
  if (local.y != 0u || j >= params.units) { return; }
  var sum = vec3f();
  for (var lane = 0u; lane < SPLIT; lane++) { sum += parts[lane * UNITS + local.x]; }
  finish(b, j, start, sum);
#else
  if (j >= params.units) { return; }
  finish(b, j, start, share(b, j, start, 0u));
#endif
}
