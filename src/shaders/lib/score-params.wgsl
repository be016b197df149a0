// Fields of Params for the scores of a layer: T queries and S keys, where q and k stand, what a query sees (visible.wgsl) and
// how q·k becomes a score (score.wgsl).
  queries: u32,
  keys: u32,
  // Query heads per key head.
  group: u32,
  // Parts (vec4 or f32) of a head, and places in parts.
  parts: u32,
  q_start: u32,
  q_token: u32,
  q_head: u32,
  k_start: u32,
  k_token: u32,
  k_head: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  scale: f32,
#if SOFT_CAP
  soft_cap: f32,
#endif
#if BIAS
  bias_start: u32,
  bias_head: u32,
  bias_query: u32,
  bias_key: u32,
#endif
