// Multiply-adds in registers and nothing else. Four independent sums a thread: more of them leave the registers of a
// software adapter, and a GPU hides the wait between additions with its other threads. What is stored depends on all of
// them, or the compiler would leave them out.
struct Params { turns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Below 1, so that the sums stay finite however many turns there are.
  let factor = vec4f(0.5 + f32(id.x & 1) * 0.01);
  var sum = vec4f(f32(id.x));
  for (var turn = 0u; turn < params.turns; turn++) {
#for repeat 0 32
    sum = fma(sum, factor, factor);
#endfor
  }
  out[id.x % arrayLength(&out)] = sum;
}
