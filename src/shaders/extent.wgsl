// Least and largest of the finite values, per thread: extents [STRIDE, 2]; LARGEST and −LARGEST where a thread meets none.
struct Params {
  count: u32,
  values_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> extents: array<vec2f>;

const LARGEST = 3.4028234e38;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var least = LARGEST;
  var largest = -LARGEST;
  for (var i = id.x; i < params.count; i += STRIDE) {
    let value = values[params.values_offset + i];
    let is_finite = (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
    if (is_finite) {
      least = min(least, value);
      largest = max(largest, value);
    }
  }
  extents[id.x] = vec2f(least, largest);
}
