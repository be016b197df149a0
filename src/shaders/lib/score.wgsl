// How q·k becomes a score. Params: scale; with SOFT_CAP soft_cap; with BIAS a binding bias and bias_start, bias_head, bias_query, bias_key.

#include "invalid.wgsl"
#include "hidden.wgsl"

// Scores, capped with SOFT_CAP; some backends' tanh overflows to NaN far from 0.
fn scaled(dotted: vec4f) -> vec4f {
#if SOFT_CAP
  let scores = dotted * (params.scale / params.soft_cap);
  return select(params.soft_cap * tanh(clamp(scores, vec4f(-15.0), vec4f(15.0))), scores, are_nan(scores));
#else
  return dotted * params.scale;
#endif
}

// −∞ becomes HIDDEN; NaN stays, which max() may swallow.
fn lifted(scores: vec4f) -> vec4f {
  return select(max(scores, vec4f(HIDDEN)), scores, are_nan(scores));
}

// Scores of head h with what is added to them: of queries t … t + 3 and one key.
fn biased_queries(scores: vec4f, h: u32, t: u32, s: u32) -> vec4f {
#if BIAS
  let place = params.bias_start + h * params.bias_head + t * params.bias_query + s * params.bias_key;
  return lifted(scores + biases(place, params.bias_query));
#else
  return lifted(scores);
#endif
}

// Likewise of one query and keys s … s + 3.
fn biased_keys(scores: vec4f, h: u32, t: u32, s: u32) -> vec4f {
#if BIAS
  let place = params.bias_start + h * params.bias_head + t * params.bias_query + s * params.bias_key;
  return lifted(scores + biases(place, params.bias_key));
#else
  return lifted(scores);
#endif
}

#if BIAS
fn biases(place: u32, stride: u32) -> vec4f {
  return vec4f(bias[place], bias[place + stride], bias[place + 2u * stride], bias[place + 3u * stride]);
}
#endif
