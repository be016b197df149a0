// `b` of a matmul, four adjacent stored values at a time. WEIGHT: 0 f32, 1 f16, 2 bf16.
#include "half.wgsl"

#if WEIGHT
@group(0) @binding(2) var<storage, read> b: array<vec2u>;
#else
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
#endif

fn weight4(index: u32) -> vec4f {
#if WEIGHT
  if (WEIGHT == 1) { return from_f16(b[index]); }
  return from_bf16(b[index]);
#else
  return b[index];
#endif
}
