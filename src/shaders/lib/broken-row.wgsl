// How many of a row's values spoil its softmax. Beside rows.wgsl and invalid.wgsl.
#if VECTOR
fn spoiling(x: Value) -> f32 {
  return f32(spoils_softmax(x.x)) + f32(spoils_softmax(x.y)) + f32(spoils_softmax(x.z)) + f32(spoils_softmax(x.w));
}
#else
fn spoiling(x: Value) -> f32 { return f32(spoils_softmax(x)); }
#endif
