// Of some steps of an LSTM, K [P, 2H] each with dh′ = K·[dc; dh]: its first half is what dc does through the gates i, f
// and g, its second what dh does through o. Slopes are those of lstm-slopes.wgsl, four units a thread. A weight is read
// once for all of the steps: there a software adapter spends its time.
struct Params {
  state: u32,
  units: u32,
  // First of the steps in `slopes`, and how many there are: at most STEPS.
  row: u32,
  steps: u32,
  group_offset: u32,
  recurrent_offset: u32,
  slopes_offset: u32,
  out_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
// [P, H] of vectors (i, f, g, o)
@group(0) @binding(1) var<storage, read> recurrent: array<vec4f>;
@group(0) @binding(2) var<storage, read> slopes: array<vec4f>;
// [steps, P, 2H]
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;

// Rows of K that a thread writes: they share its slopes.
const ROWS = 16u;

@compute @workgroup_size(16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let q = group.x * 16u + local.x;
  let quads = params.units / 4u;
  if (q >= quads) { return; }
#for s 0 STEPS
  // Steps that there are not repeat the last one.
  let own{s} = params.slopes_offset / 4u + (params.row + min({s}u, params.steps - 1u)) * 6u * quads + q;
  let i{s} = slopes[own{s}];
  let f{s} = slopes[own{s} + quads];
  let g{s} = slopes[own{s} + 2u * quads];
  let o{s} = slopes[own{s} + 3u * quads];
#endfor
  let start = (group.y + params.group_offset) * ROWS;
  for (var p = start; p < min(start + ROWS, params.state); p++) {
    let w = params.recurrent_offset / 4u + 4u * (p * quads + q);
    let a = recurrent[w];
    let b = recurrent[w + 1u];
    let c = recurrent[w + 2u];
    let d = recurrent[w + 3u];
    let by_i = vec4f(a.x, b.x, c.x, d.x);
    let by_f = vec4f(a.y, b.y, c.y, d.y);
    let by_g = vec4f(a.z, b.z, c.z, d.z);
    let by_o = vec4f(a.w, b.w, c.w, d.w);
#for s 0 STEPS
    if ({s}u < params.steps) {
      let to = params.out_offset / 4u + ({s}u * params.state + p) * 2u * quads + q;
      out[to] = by_i * i{s} + by_f * f{s} + by_g * g{s};
      out[to + quads] = by_o * o{s};
    }
#endfor
  }
}
