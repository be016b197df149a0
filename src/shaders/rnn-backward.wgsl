// Vectors v taken backwards through the squashing of one vanilla recurrent step: δ = v·(1 − h²), or v where a ReLU let
// something through; v ← Uᵀδ is a matmul. With INPUTS row t of `inputs` [T, H] gets δ too.
#include "backward-step.wgsl"
@group(0) @binding(1) var<storage, read> vector: array<f32>;
@group(0) @binding(2) var<storage, read> hidden: array<f32>;
@group(0) @binding(3) var<storage, read_write> delta: array<f32>;
#if INPUTS
@group(0) @binding(4) var<storage, read_write> inputs: array<f32>;
#endif

fn process(at: u32, j: u32) {
  let h = hidden[params.hidden_offset + after() * params.units + j];
  let v = vector[params.vector_offset + at];
#if RELU
  let result = select(0.0, v, h > 0.0);
#else
  let result = v * (1.0 - h * h);
#endif
  delta[params.delta_offset + at] = result;
#if INPUTS
  inputs[params.inputs_offset + params.position * params.units + j] = result;
#endif
}
