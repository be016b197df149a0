// How q·k becomes a score. Params: scale, soft_cap; with BIAS a binding bias and bias_start, bias_head, bias_query, bias_key.

// Scores at or below this are hidden: their weight is 0.
const HIDDEN = -3.4e38;

// The score of query t and key s of head h: scaled, capped, biased.
fn score(h: u32, t: u32, s: u32, dotted: f32) -> f32 {
  var value = dotted * params.scale;
  if (params.soft_cap > 0.0) {
    // Some backends' tanh overflows to NaN far from 0.
    value = params.soft_cap * tanh(clamp(value / params.soft_cap, -15.0, 15.0));
  }
#if BIAS
  value += bias[params.bias_start + h * params.bias_head + t * params.bias_query + s * params.bias_key];
#endif
  return max(value, HIDDEN);
}
