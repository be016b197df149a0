// Four stored 16-bit values as f32.

fn from_f16(packed: vec2u) -> vec4f {
  return vec4f(unpack2x16float(packed.x), unpack2x16float(packed.y));
}

// A bf16 is the upper half of an f32.
fn from_bf16(packed: vec2u) -> vec4f {
  return bitcast<vec4f>(vec4u(packed.x << 16, packed.x & 0xffff0000, packed.y << 16, packed.y & 0xffff0000));
}
