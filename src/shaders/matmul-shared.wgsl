// out[m, n] = epilogue(Σₖ a[m, k] · b[k, n]), or b[n, k] when TRANSPOSED; row-major, a batch along z.
//
// Tiles in workgroup memory, for GPUs: a workgroup of GROUP_X × GROUP_Y threads brings 16 values of k of its rows of a and
// columns of b into workgroup memory, and each thread adds them to its ROWS × 4·QUADS sums. Neighbouring threads read
// neighbouring columns, so reads of b have no bank conflicts and reads of a are broadcasts. K must be a multiple of 4, and
// so must N for rows of [K, N].
#include "matmul-params.wgsl"
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
#include "weight.wgsl"
#include "epilogue.wgsl"

const THREADS = GROUP_X * GROUP_Y;
// Values of k / 4 in workgroup memory at once.
const DEPTH = 4u;
const TILE_M = GROUP_Y * ROWS;
const TILE_N4 = GROUP_X * QUADS;

// Four values of k of a row.
var<workgroup> a_tile: array<vec4f, DEPTH * TILE_M>;
// Four columns at one k.
var<workgroup> b_tile: array<vec4f, DEPTH * 4 * TILE_N4>;

@compute @workgroup_size(GROUP_X, GROUP_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_quad = (group.x + params.group_offset) * TILE_N4;
  let first_row = group.y * TILE_M;
  let batch = group.z;
  let K4 = params.K / 4;
  let a_start = (params.a_offset + batch * params.a_batch) / 4;
  let b_start = (params.b_offset + batch * params.b_batch) / 4;
#for i 0 ROWS
#for q 0 QUADS
  var sum{i}_{q} = vec4f();
#endfor
#endfor
  for (var k = 0u; k < K4; k += DEPTH) {
    // What lies outside: rows and columns repeat the last one and are never stored, values of k are zeros.
    for (var i = index; i < DEPTH * TILE_M; i += THREADS) {
      let depth = i % DEPTH;
      let row = i / DEPTH;
      var value = vec4f();
      if (k + depth < K4) { value = a[a_start + min(first_row + row, params.M - 1) * K4 + k + depth]; }
      a_tile[depth * TILE_M + row] = value;
    }
    for (var i = index; i < DEPTH * TILE_N4; i += THREADS) {
#if BY_ROWS
      let depth = i / TILE_N4;
      let quad = i % TILE_N4;
#else
      let depth = i % DEPTH;
      let quad = i / DEPTH;
#endif
      var w = mat4x4f();
      if (k + depth < K4) { w = block(b_start, first_quad + quad, k + depth); }
#for e 0 4
      b_tile[(depth * 4 + {e}) * TILE_N4 + quad] = w[{e}];
#endfor
    }
    workgroupBarrier();
    for (var depth = 0u; depth < DEPTH; depth++) {
#for i 0 ROWS
      let x{i} = a_tile[depth * TILE_M + local.y * ROWS + {i}];
#endfor
#for e 0 4
      {
#for q 0 QUADS
        let w{q} = b_tile[(depth * 4 + {e}) * TILE_N4 + {q} * GROUP_X + local.x];
#endfor
#for i 0 ROWS
#for q 0 QUADS
        sum{i}_{q} = fma(vec4f(x{i}[{e}]), w{q}, sum{i}_{q});
#endfor
#endfor
      }
#endfor
    }
    workgroupBarrier();
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
    let at = (first_quad + q * GROUP_X + local.x) * 4;
    let column_bias = bias4(at);
    for (var i = 0u; i < ROWS; i++) {
      store4(batch, first_row + local.y * ROWS + i, at, sums[i * QUADS + q], column_bias);
    }
  }
}
