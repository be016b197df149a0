// NaN and infinities by their bits: comparisons may be compiled as if there were none.

fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn are_nan(values: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(values) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

// NaN, ∞ or −∞.
fn is_invalid(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u;
}

// NaN or ∞: a softmax over it is NaN throughout. −∞ has a share of 0.
fn spoils_softmax(value: f32) -> bool {
  return is_nan(value) || bitcast<u32>(value) == 0x7f800000u;
}

fn nan() -> f32 {
  // A variable, since constants must be finite.
  var bits = 0x7fc00000u;
  return bitcast<f32>(bits);
}
