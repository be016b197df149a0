// out[m, n] = epilogue(Σₖ a[m, k] · b[k, n]), or b[n, k] when TRANSPOSED, for ROWS rows at most; a batch along z.
//
// Matrix by few vectors, for GPUs: such a product is bound by reading b once. A workgroup takes QUADS_PER_GROUP × 4 columns;
// SLICES threads share each four columns, every one summing its own slice of k, and add up in workgroup memory. Threads
// that follow one another read b in the order in which it is stored. K must be a multiple of 4, and so must N for rows of
// [K, N].
#include "matmul-params.wgsl"
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
#include "weight.wgsl"
#include "epilogue.wgsl"

const QUADS_PER_GROUP = 8u;
const SLICES = 16u;
var<workgroup> partial: array<vec4f, QUADS_PER_GROUP * SLICES * ROWS>;

@compute @workgroup_size(QUADS_PER_GROUP * SLICES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
#if BY_ROWS
  let slice = index / QUADS_PER_GROUP;
  let quad = index % QUADS_PER_GROUP;
#else
  let slice = index % SLICES;
  let quad = index / SLICES;
#endif
  let n4 = (group.x + params.group_offset) * QUADS_PER_GROUP + quad;
  let batch = group.z;
  let first_row = group.y * ROWS;
  let K4 = params.K / 4;
  let a_start = (params.a_offset + batch * params.a_batch) / 4;
  let b_start = (params.b_offset + batch * params.b_batch) / 4;
#for i 0 ROWS
  let a{i} = a_start + min(first_row + {i}, params.M - 1) * K4;
  var sum{i} = vec4f();
#endfor
  for (var k = slice; k < K4; k += SLICES) {
    let w = block(b_start, n4, k);
#for i 0 ROWS
    {
      let x = a[a{i} + k];
#for e 0 4
      sum{i} = fma(vec4f(x[{e}]), w[{e}], sum{i});
#endfor
    }
#endfor
  }
#for i 0 ROWS
  partial[({i} * SLICES + slice) * QUADS_PER_GROUP + quad] = sum{i};
#endfor
  workgroupBarrier();
  for (var i = index; i < QUADS_PER_GROUP * ROWS; i += QUADS_PER_GROUP * SLICES) {
    let row = i / QUADS_PER_GROUP;
    let own = i % QUADS_PER_GROUP;
    var sum = vec4f();
    for (var s = 0u; s < SLICES; s++) { sum += partial[(row * SLICES + s) * QUADS_PER_GROUP + own]; }
    let column = ((group.x + params.group_offset) * QUADS_PER_GROUP + own) * 4;
    store4(batch, first_row + row, column, sum, bias4(column));
  }
}
