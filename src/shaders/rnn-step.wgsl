// One step of a vanilla recurrent layer in one direction, for all sequences: h = tanh(product + U h′), or ReLU.
// `product` holds W x with both biases. A group of SPLIT threads shares the sum of one unit.
#include "squash.wgsl"
#include "recurrent-params.wgsl"
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> recurrent: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;

const UNITS = 64u / SPLIT;
#if SHARED
var<workgroup> parts: array<f32, 64>;
#endif

// The lane's share of U h′ for unit j: every SPLIT-th k.
fn share(j: u32, start: u32, lane: u32) -> f32 {
  var sum = 0.0;
  var at = params.recurrent_offset + lane * params.units + j;
  let stride = SPLIT * params.units;
  var k = lane;
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

fn finish(b: u32, j: u32, sum: f32) {
  let x = sum + product[product_index(b, j, 1u)];
#if RELU
  let h = max(x, 0.0);
#else
  let h = tanh_of(x);
#endif
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + j] = select(0.0, h, is_inside(b));
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
  var sum = 0.0;
  for (var lane = 0u; lane < SPLIT; lane++) { sum += parts[lane * UNITS + local.x]; }
  finish(b, j, sum);
#else
  if (j >= params.units) { return; }
  finish(b, j, share(j, start, 0u));
#endif
}
