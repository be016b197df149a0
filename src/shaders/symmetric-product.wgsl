// A symmetric matrix times 8 vectors: product [side, 8] = gram [side, side] · vectors [side, 8]. One thread per row;
// it reads the column instead, so that neighbours read neighbouring values.
struct Params {
  side: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> product: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let i = (workgroup.x + params.group_offset) * 64u + local.x;
  if (i >= params.side) { return; }
  var low = vec4f();
  var high = vec4f();
  for (var j = 0u; j < params.side; j++) {
    let value = gram[j * params.side + i];
    low += value * vectors[2u * j];
    high += value * vectors[2u * j + 1u];
  }
  product[2u * i] = low;
  product[2u * i + 1u] = high;
}
