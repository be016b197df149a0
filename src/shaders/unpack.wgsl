// Rows [first, first + rows) of a matrix [N, K] in its stored form, in f32. One thread unpacks 4 rows × 4 values.
struct Params { N: u32, K: u32, first: u32, rows: u32, out_offset: u32, b_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
#include "weight.wgsl"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.x + params.group_offset) * 64 + lane;
  let k4 = index % (params.K / 4);
  let n4 = params.first / 4 + index / (params.K / 4);
  let end = params.first + params.rows;
  if (n4 * 4 >= end) { return; }
  // Row e of the block is k = 4·k4 + e; its four columns are rows of the matrix.
  let values = block(params.b_offset / 4, n4, k4);
#for c 0 4
  {
    let n = n4 * 4 + {c};
    if (n >= params.first && n < end) {
      let place = params.out_offset + (n - params.first) * params.K + k4 * 4;
#for e 0 4
      out[place + {e}] = values[{e}][{c}];
#endfor
    }
  }
#endfor
}
