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
  for (var k = 0u; k < K4; k++) {
#for i 0 HALF_ROWS
    let x{i} = a[a{i} + k];
    let x{i+HALF_ROWS} = quadSwapX(x{i});
#endfor
#if BLOCKS
#for q 0 HALF_QUADS
    {
      let scale = scale_at(n{q}, k);
      let w = unscaled(n{q}, k);
#for e 0 4
      let own{e} = w[{e}] * scale;
      let other{e} = quadSwapY(own{e});
#for i 0 ROWS
      sum{i}_{q} = fma(vec4f(x{i}[{e}]), own{e}, sum{i}_{q});
      sum{i}_{q+HALF_QUADS} = fma(vec4f(x{i}[{e}]), other{e}, sum{i}_{q+HALF_QUADS});
#endfor
#endfor
    }
#endfor
#else
#if TRANSPOSED
#for q 0 HALF_QUADS
#for e 0 4
    {
      let own = weight4(b{q}_{e} + k);
      let other = quadSwapY(own);
#for i 0 ROWS
      sum{i}_{q}[{e}] = fma(x{i}.w, own.w, fma(x{i}.z, own.z, fma(x{i}.y, own.y, fma(x{i}.x, own.x, sum{i}_{q}[{e}]))));
      sum{i}_{q+HALF_QUADS}[{e}] =
        fma(x{i}.w, other.w, fma(x{i}.z, other.z, fma(x{i}.y, other.y, fma(x{i}.x, other.x, sum{i}_{q+HALF_QUADS}[{e}]))));
#endfor
    }
#endfor
#endfor
#else
#for e 0 4
    {
#for q 0 HALF_QUADS
      let w{q} = weight4(b{q} + line);
      let w{q+HALF_QUADS} = quadSwapY(w{q});
#endfor
#for i 0 ROWS
#for q 0 QUADS
      sum{i}_{q} = fma(vec4f(x{i}[{e}]), w{q}, sum{i}_{q});
#endfor
#endfor
      line += N4;
    }
#endfor
#endif
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
  for (var i = 0u; i < ROWS * QUADS; i++) {
    let m = (i / QUADS + x * HALF_ROWS) % ROWS;
    let q = (i % QUADS + y * HALF_QUADS) % QUADS;
    store4(batch, row + m, column + q * 4, sums[i]);
  }
}
