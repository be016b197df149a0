// Gram-Schmidt in place over 8 vectors [side, 8], each projected twice; a vector that depends on those before it up to
// rounding becomes 0. One workgroup does it all: sums are shared through its memory.
struct Params {
  side: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> vectors: array<f32>;

const VECTORS = 8u;

var<workgroup> shared_low: array<vec4f, THREADS>;
var<workgroup> shared_high: array<vec4f, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_id) local: vec3u) {
  for (var j = 0u; j < VECTORS; j++) {
    let first = inner_products(j, local.x);
    for (var i = local.x; i < params.side; i += THREADS) {
      let at = i * VECTORS;
      var value = vectors[at + j];
      for (var other = 0u; other < j; other++) { value -= first[other] * vectors[at + other]; }
      vectors[at + j] = value;
    }
    let second = inner_products(j, local.x);
    // The square of what the second projection leaves: those before are orthonormal.
    var square = second[j];
    for (var other = 0u; other < j; other++) { square -= second[other] * second[other]; }
    let factor = select(0.0, inverseSqrt(square), square > 1e-12 * first[j] && square > 1e-36);
    for (var i = local.x; i < params.side; i += THREADS) {
      let at = i * VECTORS;
      var value = vectors[at + j];
      for (var other = 0u; other < j; other++) { value -= second[other] * vectors[at + other]; }
      vectors[at + j] = value * factor;
    }
  }
}

// Inner products of vector j with all 8; the same in every thread.
fn inner_products(j: u32, thread: u32) -> array<f32, VECTORS> {
  var low = vec4f();
  var high = vec4f();
  for (var i = thread; i < params.side; i += THREADS) {
    let at = i * VECTORS;
    let value = vectors[at + j];
    low += value * vec4f(vectors[at], vectors[at + 1u], vectors[at + 2u], vectors[at + 3u]);
    high += value * vec4f(vectors[at + 4u], vectors[at + 5u], vectors[at + 6u], vectors[at + 7u]);
  }
  shared_low[thread] = low;
  shared_high[thread] = high;
  for (var half = u32(THREADS) / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) {
      shared_low[thread] += shared_low[thread + half];
      shared_high[thread] += shared_high[thread + half];
    }
  }
  let total_low = workgroupUniformLoad(&shared_low[0]);
  let total_high = workgroupUniformLoad(&shared_high[0]);
  return array(
    total_low.x, total_low.y, total_low.z, total_low.w,
    total_high.x, total_high.y, total_high.z, total_high.w,
  );
}
