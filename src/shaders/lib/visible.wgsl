// What a query may see. Params: keys, causal, first_query, window; with KEY_MASK a binding key_mask and its offset.

// Keys [x, y) that query t sees by its position.
fn visible(t: u32) -> vec2u {
  let position = t + params.first_query;
  var first = 0u;
  var to = params.keys;
  if (params.window != 0u) {
    first = position - min(position, params.window - 1u);
    to = min(to, position + params.window);
  }
  if (params.causal != 0u) { to = min(to, position + 1u); }
  return vec2u(min(first, to), to);
}

// False for keys that the padding hides.
fn is_there(s: u32) -> bool {
#if KEY_MASK
  return key_mask[s + params.key_mask_offset] != 0.0;
#else
  return true;
#endif
}
