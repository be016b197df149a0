// All inner products of the columns (COLUMNS) or of the rows of a matrix [rows, parts·4]: a symmetric gram [side, side].
// One thread computes an 8 × 8 tile and stores it twice; tiles below the diagonal are skipped. Sides are multiples of 8.
struct Params {
  rows: u32,
  parts: u32,
  side: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gram: array<f32>;

@compute @workgroup_size(4, 4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let i = (workgroup.x * 4u + local.x) * 8u;
  let j = ((workgroup.y + params.group_offset) * 4u + local.y) * 8u;
  if (i >= params.side || j >= params.side || j < i) { return; }
#for a 0 8
  var sum{a}_0 = vec4f();
  var sum{a}_1 = vec4f();
#endfor
#if COLUMNS
  for (var row = 0u; row < params.rows; row++) {
    let base = row * params.parts;
    let left0 = matrix[base + i / 4u];
    let left1 = matrix[base + i / 4u + 1u];
    let right0 = matrix[base + j / 4u];
    let right1 = matrix[base + j / 4u + 1u];
#for a 0 4
    sum{a}_0 += left0[{a}] * right0;
    sum{a}_1 += left0[{a}] * right1;
#endfor
#for a 4 8
    sum{a}_0 += left1[{a} - 4] * right0;
    sum{a}_1 += left1[{a} - 4] * right1;
#endfor
  }
#else
  for (var part = 0u; part < params.parts; part++) {
#for b 0 8
    let right{b} = matrix[(j + {b}u) * params.parts + part];
#endfor
#for a 0 8
    let left{a} = matrix[(i + {a}u) * params.parts + part];
    sum{a}_0 += vec4f(dot(left{a}, right0), dot(left{a}, right1), dot(left{a}, right2), dot(left{a}, right3));
    sum{a}_1 += vec4f(dot(left{a}, right4), dot(left{a}, right5), dot(left{a}, right6), dot(left{a}, right7));
#endfor
  }
#endif
#for a 0 8
  store(i + {a}u, j, sum{a}_0);
  store(i + {a}u, j + 4u, sum{a}_1);
#endfor
}

fn store(i: u32, j: u32, values: vec4f) {
#for b 0 4
  gram[i * params.side + j + {b}u] = values[{b}];
  gram[(j + {b}u) * params.side + i] = values[{b}];
#endfor
}
