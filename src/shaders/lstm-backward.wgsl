// Vectors v = (v_h, v_c) taken backwards through the gates of one LSTM step:
//   dc = v_c + v_h·o·(1 − tanh²c);  δo = v_h·tanh c·σ′(o);  δi = dc·g·σ′(i);  δf = dc·c′·σ′(f);
//   δg = dc·i·(1 − g²);  v_c ← dc·f;  σ′(y) = y(1 − y) of the sigmoid
// `delta` gets (δi, δf, δg, δo) of each unit side by side; v_h ← Uᵀδ is a matmul with the packed recurrent weights.
// `vector` is the derivative by the output before a projection, [k, H]. With INPUTS row t of `inputs` [T, H·4] gets
// delta too, for the derivative by the input.
#include "gate.wgsl"
#include "backward-step.wgsl"
@group(0) @binding(1) var<storage, read> vector: array<f32>;
@group(0) @binding(2) var<storage, read> cells: array<f32>;
@group(0) @binding(3) var<storage, read> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> delta: array<f32>;
@group(0) @binding(5) var<storage, read_write> carry: array<f32>;
#if INPUTS
@group(0) @binding(6) var<storage, read_write> inputs: array<f32>;
#endif

#include "backward-gates.wgsl"

fn process(at: u32, j: u32) {
  let i = gate(0u, j);
  let f = gate(1u, j);
  let g = gate(2u, j);
  let o = gate(3u, j);
  let squashed = tanh_of(cells[params.cells_offset + after() * params.units + j]);
  let v = vector[params.vector_offset + at];
  let dc = carry[params.carry_offset + at] + v * o * (1.0 - squashed * squashed);
  let result = vec4f(
    dc * g * gate_slope_at(i),
    dc * cells[params.cells_offset + before() * params.units + j] * gate_slope_at(f),
    dc * i * (1.0 - g * g),
    v * squashed * gate_slope_at(o),
  );
  carry[params.carry_offset + at] = dc * f;
  for (var n = 0u; n < 4u; n++) {
    delta[params.delta_offset + at * 4u + n] = result[n];
#if INPUTS
    inputs[params.inputs_offset + (params.position * params.units + j) * 4u + n] = result[n];
#endif
  }
}
