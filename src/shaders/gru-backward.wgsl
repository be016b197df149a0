// Vectors v taken backwards through the gates of one GRU step.
//   δn = v·(1 − z)(1 − n²);  δz = v·(h′ − n)·σ′(z);  carry = v·z;  σ′(y) = y(1 − y) of the sigmoid
// PHASE 0, the reset gate after the product:  δr = δn·u·σ′(r);  delta = (δr, δz, δn·r);  v ← Uᵀδ + carry.
// Before the product, PHASE 1: delta = (0, 0, δn), and a matmul makes inner = Uₙᵀδn; then PHASE 2:
//   δr = inner·h′·σ′(r);  carry = v·z + inner·r;  delta = (δr, δz, 0);  v ← Uᵀδ + carry.
// delta has the three values of a unit side by side. With INPUTS row t of `inputs` [T, H·3] gets (δr, δz, δn), for the
// derivative by the input.
#include "gate.wgsl"
#include "backward-step.wgsl"
@group(0) @binding(1) var<storage, read> vector: array<f32>;
@group(0) @binding(2) var<storage, read> hidden: array<f32>;
@group(0) @binding(3) var<storage, read> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> delta: array<f32>;
@group(0) @binding(5) var<storage, read_write> carry: array<f32>;
#if INPUTS
@group(0) @binding(6) var<storage, read_write> inputs: array<f32>;
#endif
#if SECOND
@group(0) @binding(7) var<storage, read> inner: array<f32>;
#endif

#include "backward-gates.wgsl"

fn process(at: u32, j: u32) {
  let r = gate(0u, j);
  let z = gate(1u, j);
  let n = gate(2u, j);
  let h = hidden[params.hidden_offset + before() * params.units + j];
  let v = vector[params.vector_offset + at];
  let dn = v * (1.0 - z) * (1.0 - n * n);
  let dz = v * (h - n) * gate_slope_at(z);
  var result = vec3f(0.0, 0.0, dn);
  var rest = v * z;
  var dr = 0.0;
  if (PHASE == 0) {
    dr = dn * gate(3u, j) * gate_slope_at(r);
    result = vec3f(dr, dz, dn * r);
  }
#if SECOND
  let s = inner[params.inner_offset + at];
  dr = s * h * gate_slope_at(r);
  result = vec3f(dr, dz, 0.0);
  rest += s * r;
#endif
  carry[params.carry_offset + at] = rest;
  for (var m = 0u; m < 3u; m++) { delta[params.delta_offset + at * 3u + m] = result[m]; }
#if INPUTS
  let row = params.inputs_offset + (params.position * params.units + j) * 3u;
  inputs[row] = dr;
  inputs[row + 1u] = dz;
  inputs[row + 2u] = dn;
#endif
}
