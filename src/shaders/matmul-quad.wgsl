// out[m, n] = epilogue(Σₖ a[m, k] · b[k, n]), or b[n, k] when TRANSPOSED; row-major, a batch along z.
//
// Register tiles that share their loads: the four threads of a workgroup are a quad of 2 × 2 tiles, each of ROWS × 4·QUADS
// sums. Two tiles side by side need the same rows of a, two tiles above each other the same columns of b; so each thread
// reads one half of its rows and one half of its columns and takes the other halves from its neighbours by quadSwap. That
// halves the loads, which on a software adapter cost many times more than the swaps. A thread's own half comes first in
// its registers, so the order of rows and columns differs from thread to thread, and is put right when sums are stored.
// K must be a multiple of 4, and so must N for rows of [K, N].
enable subgroups;
#include "matmul-params.wgsl"
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
#include "weight.wgsl"
#include "epilogue.wgsl"

// Four values of k at once.
fn add(sum: f32, x: vec4f, w: vec4f) -> f32 {
  return fma(x.w, w.w, fma(x.z, w.z, fma(x.y, w.y, fma(x.x, w.x, sum))));
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) invocation: u32) {
  // Which half is read here: of the rows, shared along x, and of the columns, shared along y.
  let x = invocation & 1;
  let y = (invocation >> 1) & 1;
  let column = ((group.x + params.group_offset) * 2 + x) * (4 * QUADS);
  let row = (group.y * 2 + y) * ROWS;
  let batch = group.z;
  let K4 = params.K / 4;
  let a_start = (params.a_offset + batch * params.a_batch) / 4;
  let b_start = (params.b_offset + batch * params.b_batch) / 4;

  // Rows and columns outside repeat the last one; their sums are never stored.
#for i 0 HALF_ROWS
  let a{i} = a_start + min(row + x * HALF_ROWS + {i}, params.M - 1) * K4;
#endfor
#for i 0 ROWS
#for q 0 QUADS
  var sum{i}_{q} = vec4f();
#endfor
#endfor
#if BLOCKS
#for q 0 HALF_QUADS
  let n{q} = min(column / 4 + y * HALF_QUADS + {q}, (params.N - 1) / 4);
#endfor
#else
#if TRANSPOSED
#for q 0 HALF_QUADS
#for e 0 4
  let b{q}_{e} = b_start + min(column + (y * HALF_QUADS + {q}) * 4 + {e}, params.N - 1) * K4;
#endfor
#endfor
#else
  let N4 = params.N / 4;
#for q 0 HALF_QUADS
  let b{q} = b_start + min(column / 4 + y * HALF_QUADS + {q}, N4 - 1);
#endfor
  var line = 0u;
#endif
#endif
  // A turn of the loop costs more than its condition on such adapters, but unrolled code takes longer to compile: four steps
  // at a time for blocks, whose scales they share.
  for (var k = 0u; k < K4; k += STEPS) {
#if BLOCKS
#for q 0 HALF_QUADS
    let scale{q} = scale_at(n{q}, k);
#if MINIMA
    let minimum{q} = minimum_at(n{q}, k);
#endif
#endfor
#endif
#for u 0 STEPS
    {
#for i 0 HALF_ROWS
      let x{i} = a[a{i} + k + {u}];
      let x{i+HALF_ROWS} = quadSwapX(x{i});
#endfor
#for q 0 HALF_QUADS
      {
#if BLOCKS
        let piece = b[n{q} * K4 + k + {u}];
#endif
#if BY_ROWS
#for e 0 4
        let row{e} = weight4(b{q} + line + {e} * N4);
#endfor
#endif
        // Column by column, with its four values of k in one vector: few values live at a time.
#for c 0 4
        {
#if BLOCKS
#if MINIMA
          let own = column{c}(piece) * scale{q}[{c}] + minimum{q}[{c}];
#else
          let own = column{c}(piece) * scale{q}[{c}];
#endif
#endif
#if TRANSPOSED
          let own = weight4(b{q}_{c} + k);
#endif
#if BY_ROWS
          let own = vec4f(row0[{c}], row1[{c}], row2[{c}], row3[{c}]);
#endif
          let other = quadSwapY(own);
#for i 0 ROWS
          sum{i}_{q}[{c}] = add(sum{i}_{q}[{c}], x{i}, own);
          sum{i}_{q+HALF_QUADS}[{c}] = add(sum{i}_{q+HALF_QUADS}[{c}], x{i}, other);
#endfor
        }
#endfor
      }
#endfor
    }
#endfor
#if BY_ROWS
    line += 4 * N4;
#endif
  }

  // Through an array, so that the epilogue is compiled once.
  var sums = array<vec4f, ROWS * QUADS>(
#for i 0 ROWS
#for q 0 QUADS
    sum{i}_{q},
#endfor
#endfor
  );
  for (var q = 0u; q < QUADS; q++) {
    let at = column + (q + y * HALF_QUADS) % QUADS * 4;
    let column_bias = bias4(at);
    for (var i = 0u; i < ROWS; i++) {
      store4(batch, row + (i + x * HALF_ROWS) % ROWS, at, sums[i * QUADS + q], column_bias);
    }
  }
}
