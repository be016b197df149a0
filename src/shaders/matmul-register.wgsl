// out[m, n] = epilogue(Σₖ a[m, k] · b[k, n]), or b[n, k] when TRANSPOSED; row-major, a batch along z.
//
// Barrier-free register tile: each thread keeps ROWS × 4·QUADS sums in registers and reads what it needs straight from
// the buffers, four values of k at a time. K must be a multiple of 4, and so must N for rows of [K, N].
#include "matmul-params.wgsl"
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
#include "weight.wgsl"
#include "epilogue.wgsl"

@compute @workgroup_size(GROUP_X, GROUP_Y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = ((group.x + params.group_offset) * GROUP_X + local.x) * (4 * QUADS);
  let row = (group.y * GROUP_Y + local.y) * ROWS;
  let batch = group.z;
  if (row >= params.M || column >= params.N) { return; }
  let K4 = params.K / 4;
  let a_start = (params.a_offset + batch * params.a_batch) / 4;
  let b_start = (params.b_offset + batch * params.b_batch) / 4;

  // Rows and columns outside repeat the last one; their sums are never stored.
#for i 0 ROWS
  let a{i} = a_start + min(row + {i}, params.M - 1) * K4;
#for q 0 QUADS
  var sum{i}_{q} = vec4f();
#endfor
#endfor
#if BLOCKS
#for q 0 QUADS
  let n{q} = min(column / 4 + {q}, (params.N - 1) / 4);
#endfor
#if WHOLE_BLOCKS
  // The values of k that share a scale, before it is multiplied; what they share a minimum with is their sum.
  for (var k = 0u; k < K4; k += SPAN4) {
#for i 0 ROWS
#for q 0 QUADS
    var part{i}_{q} = vec4f();
#endfor
#if MINIMA
    var total{i} = vec4f();
#endif
#endfor
#for u 0 SPAN4
    {
#for i 0 ROWS
      let x{i} = a[a{i} + k + {u}];
#if MINIMA
      total{i} += x{i};
#endif
#endfor
#for q 0 QUADS
      let piece{q} = b[n{q} * K4 + k + {u}];
#for c 0 4
      {
        let w = column{c}(piece{q});
#for i 0 ROWS
        part{i}_{q}[{c}] += dot(x{i}, w);
#endfor
      }
#endfor
#endfor
    }
#endfor
#for q 0 QUADS
    let scale{q} = scale_at(n{q}, k);
#for i 0 ROWS
    sum{i}_{q} = fma(part{i}_{q}, scale{q}, sum{i}_{q});
#endfor
#if MINIMA
    let minimum{q} = minimum_at(n{q}, k);
#for i 0 ROWS
    sum{i}_{q} = fma(vec4f(dot(total{i}, vec4f(1.0))), minimum{q}, sum{i}_{q});
#endfor
#endif
#endfor
  }
#else
  for (var k = 0u; k < K4; k++) {
#for i 0 ROWS
    let x{i} = a[a{i} + k];
#endfor
#for q 0 QUADS
    {
      let scale = scale_at(n{q}, k);
#if MINIMA
      let minimum = minimum_at(n{q}, k);
#endif
      let piece = b[n{q} * K4 + k];
#for c 0 4
      {
#if MINIMA
        let w = column{c}(piece) * scale[{c}] + minimum[{c}];
#else
        let w = column{c}(piece) * scale[{c}];
#endif
#for i 0 ROWS
        sum{i}_{q}[{c}] += dot(x{i}, w);
#endfor
      }
#endfor
    }
#endfor
  }
#endif
#else
#if TRANSPOSED
#for q 0 QUADS
#for e 0 4
  let b{q}_{e} = b_start + min(column + {q} * 4 + {e}, params.N - 1) * K4;
#endfor
#endfor
  for (var k = 0u; k < K4; k++) {
#for i 0 ROWS
    let x{i} = a[a{i} + k];
#endfor
#for q 0 QUADS
#for e 0 4
    {
      let w = weight4(b{q}_{e} + k);
#for i 0 ROWS
      sum{i}_{q}[{e}] += dot(x{i}, w);
#endfor
    }
#endfor
#endfor
  }
#else
  let N4 = params.N / 4;
#for q 0 QUADS
  let b{q} = b_start + min(column / 4 + {q}, N4 - 1);
#endfor
  var line = 0u;
  for (var k = 0u; k < K4; k++) {
#for i 0 ROWS
    let x{i} = a[a{i} + k];
#endfor
#for e 0 4
    {
#for q 0 QUADS
      let w{q} = weight4(b{q} + line);
#endfor
#for i 0 ROWS
#for q 0 QUADS
      sum{i}_{q} = fma(vec4f(x{i}[{e}]), w{q}, sum{i}_{q});
#endfor
#endfor
      line += N4;
    }
#endfor
  }
#endif
#endif

  // Through an array, so that the epilogue is compiled once.
  var sums = array<vec4f, ROWS * QUADS>(
#for i 0 ROWS
#for q 0 QUADS
    sum{i}_{q},
#endfor
#endfor
  );
  for (var q = 0u; q < QUADS; q++) {
    let at = column + q * 4;
    let column_bias = bias4(at);
    for (var i = 0u; i < ROWS; i++) { store4(batch, row + i, at, sums[i * QUADS + q], column_bias); }
  }
}
