// One step of a vanilla recurrent layer in one direction, for all sequences: h = tanh(product + U h′), or ReLU.
// `product` holds W x with both biases.
#include "squash.wgsl"
#include "recurrent-params.wgsl"
@group(0) @binding(1) var<storage, read> product: array<f32>;
@group(0) @binding(2) var<storage, read> recurrent: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<u32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;

alias Sum = f32;

// What a value of the hidden state adds.
fn term(b: u32, at: u32, k: u32, value: f32) -> Sum {
  return recurrent[params.recurrent_offset + at] * value;
}

fn finish(b: u32, j: u32, start: u32, sum: Sum) {
  let x = sum + product[product_index(b, j, 1u)];
#if RELU
  let h = max(x, 0.0);
#else
  let h = tanh_of(x);
#endif
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + j] = select(0.0, h, is_inside(b));
}

#include "recurrent-step.wgsl"
