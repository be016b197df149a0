// A symmetric matrix times 8 vectors: product [side, 8] = gram [side, side] · vectors [side, 8]. One thread computes ROWS
// rows (the side is a multiple); it reads columns instead, so that neighbours read neighbouring values.
struct Params {
  side: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> product: array<vec4f>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let i = ((workgroup.x + params.group_offset) * THREADS + local.x) * ROWS;
  if (i >= params.side) { return; }
#for r 0 ROWS
  var low{r} = vec4f();
  var high{r} = vec4f();
#endfor
  for (var j = 0u; j < params.side; j++) {
    let low = vectors[2u * j];
    let high = vectors[2u * j + 1u];
#for r 0 ROWS
    let value{r} = gram[j * params.side + i + {r}u];
    low{r} += value{r} * low;
    high{r} += value{r} * high;
#endfor
  }
#for r 0 ROWS
  product[2u * (i + {r}u)] = low{r};
  product[2u * (i + {r}u) + 1u] = high{r};
#endfor
}
