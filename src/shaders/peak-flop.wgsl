// Multiply-adds in registers and nothing else: eight independent sums of four values, so that no addition waits for the
// one before it. What is stored depends on all of them, or the compiler would leave them out.
struct Params { turns: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Below 1, so that the sums stay finite however many turns there are.
  let factor = vec4f(0.5, 0.25, 0.125, 0.75) + f32(id.x & 1) * 0.01;
#for i 0 8
  var sum{i} = vec4f(f32(id.x + {i}));
#endfor
  for (var turn = 0u; turn < params.turns; turn++) {
#for repeat 0 4
#for i 0 8
    sum{i} = fma(sum{i}, factor, factor);
#endfor
#endfor
  }
  out[id.x % arrayLength(&out)] = ((sum0 + sum1) + (sum2 + sum3)) + ((sum4 + sum5) + (sum6 + sum7));
}
