// One step of an LSTM layer in one direction, for all sequences: recurrent product, gates and new state at once.
//   i, f, o = σ(product + U h′),  g = tanh(product + U h′),  c = f·c′ + i·g,  h = o·tanh c
// `product` holds W x with both biases. A group of SPLIT threads shares the sum of one unit. With PROJECTED the output
// goes to `raw`, and recurrent-project.wgsl makes the hidden state of it.
#include "squash.wgsl"
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

const UNITS = 64u / SPLIT;
#if SHARED
var<workgroup> parts: array<vec4f, 64>;
#endif

// The lane's share of (i, f, g, o) of U h′ for unit j: every SPLIT-th k.
fn share(j: u32, start: u32, lane: u32) -> vec4f {
  var sum = vec4f();
  var k = lane;
  var at = params.recurrent_offset / 4u + lane * params.units + j;
  let stride = SPLIT * params.units;
  // Eight at a time as far as that goes: loops cost more than their bodies on some adapters.
  for (; k + 7u * SPLIT < params.state; k += 8u * SPLIT) {
#for e 0 8
    sum += recurrent[at + {e}u * stride] * hidden[start + k + {e}u * SPLIT];
#endfor
    at += 8u * stride;
  }
  for (; k < params.state; k += SPLIT) {
    sum += recurrent[at] * hidden[start + k];
    at += stride;
  }
  return sum;
}

fn finish(b: u32, j: u32, sum: vec4f) {
  let at = product_index(b, j, 4u);
  let x = sum + vec4f(product[at], product[at + 1u], product[at + 2u], product[at + 3u]);
  let inside = is_inside(b);
  // Selected and not branched over, so that padding is exactly 0.
  let i = select(0.0, sigmoid_of(x.x), inside);
  let f = select(0.0, sigmoid_of(x.y), inside);
  let g = select(0.0, tanh_of(x.z), inside);
  let o = select(0.0, sigmoid_of(x.w), inside);
  let before = cells[params.cells_offset + (previous_row(b) * params.batch + b) * params.units + j];
  let c = select(0.0, f * before + i * g, inside);
  gates[gate_index(0u, b, j)] = i;
  gates[gate_index(1u, b, j)] = f;
  gates[gate_index(2u, b, j)] = g;
  gates[gate_index(3u, b, j)] = o;
  cells[params.cells_offset + (next_row() * params.batch + b) * params.units + j] = c;
  let h = o * tanh_of(c);
#if PROJECTED
  raw[params.raw_offset + b * params.units + j] = h;
#else
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + j] = h;
#endif
}

@compute @workgroup_size(UNITS, SPLIT)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.y;
  let j = group.x * UNITS + local.x;
  let start = params.hidden_offset + (previous_row(b) * params.batch + b) * params.state;
#if SHARED
  // Threads beyond the last unit repeat it: all of a workgroup must reach the barrier.
  parts[local.y * UNITS + local.x] = share(min(j, params.units - 1u), start, local.y);
  workgroupBarrier();
  if (local.y != 0u || j >= params.units) { return; }
  var sum = vec4f();
  for (var lane = 0u; lane < SPLIT; lane++) { sum += parts[lane * UNITS + local.x]; }
  finish(b, j, sum);
#else
  if (j >= params.units) { return; }
  finish(b, j, share(j, start, 0u));
#endif
}
