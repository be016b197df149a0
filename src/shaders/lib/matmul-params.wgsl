struct Params {
  M: u32,
  N: u32,
  K: u32,
  scale: f32,
  // Elements from one matrix of a batch to the next.
  a_batch: u32,
  b_batch: u32,
  out_batch: u32,
  has_bias: u32,
  a_offset: u32,
  b_offset: u32,
  out_offset: u32,
  bias_offset: u32,
  residual_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
