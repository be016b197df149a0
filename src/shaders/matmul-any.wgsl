// out[m, n] = epilogue(Σₖ a[m, k] · b[k, n]), or b[n, k] when TRANSPOSED, for any sizes and offsets: the fallback for
// shapes whose rows can't be read four values at a time. Each thread keeps 4 × 4 sums.
#include "matmul-params.wgsl"
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
#include "epilogue.wgsl"

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = ((group.x + params.group_offset) * 8 + local.x) * 4;
  let row = (group.y * 8 + local.y) * 4;
  let batch = group.z;
  if (row >= params.M || column >= params.N) { return; }
  let a_start = params.a_offset + batch * params.a_batch;
  let b_start = params.b_offset + batch * params.b_batch;
#if TRANSPOSED
  let column_stride = params.K;
  let k_stride = 1u;
#else
  let column_stride = 1u;
  let k_stride = params.N;
#endif
  // Rows and columns outside repeat the last one; their sums are never stored.
#for i 0 4
  let a{i} = a_start + min(row + {i}, params.M - 1) * params.K;
  let b{i} = b_start + min(column + {i}, params.N - 1) * column_stride;
  var sum{i} = vec4f();
#endfor
  for (var k = 0u; k < params.K; k++) {
    let line = k * k_stride;
    let w = vec4f(b[b0 + line], b[b1 + line], b[b2 + line], b[b3 + line]);
#for i 0 4
    sum{i} = fma(vec4f(a[a{i} + k]), w, sum{i});
#endfor
  }
  let column_bias = bias4(column);
#for i 0 4
  store4(batch, row + {i}, column, sum{i}, column_bias);
#endfor
}
