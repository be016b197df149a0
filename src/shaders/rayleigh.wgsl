// Inner products of two sets of 8 vectors, [8, 8], and the trace of the matrix behind them as the 65th value. One
// thread per value.
struct Params {
  side: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gram: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<f32>;
@group(0) @binding(3) var<storage, read> product: array<f32>;
@group(0) @binding(4) var<storage, read_write> quotients: array<f32>;

@compute @workgroup_size(65)
fn main(@builtin(local_invocation_id) local: vec3u) {
  let a = local.x / 8u;
  let b = local.x % 8u;
  var sum = 0.0;
  for (var i = 0u; i < params.side; i++) {
    if (local.x == 64u) {
      sum += gram[i * params.side + i];
    } else {
      sum += vectors[i * 8u + a] * product[i * 8u + b];
    }
  }
  quotients[local.x] = sum;
}
