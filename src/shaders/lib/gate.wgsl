// What squashes the gates of recurrent cells, by `params.gate_slope`: 0 for the sigmoid, else the slope of the hard one,
// clamp(slope·x + 1/2, 0, 1).
#include "squash.wgsl"

fn gate_of(x: f32) -> f32 {
  if (params.gate_slope == 0.0) { return sigmoid_of(x); }
  return select(clamp(params.gate_slope * x + 0.5, 0.0, 1.0), x, is_nan(x));
}

// The derivative where the gate has the value `y`.
fn gate_slope_at(y: f32) -> f32 {
  if (params.gate_slope == 0.0) { return y * (1.0 - y); }
  return select(0.0, params.gate_slope, y > 0.0 && y < 1.0);
}
