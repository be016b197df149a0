// The two squashing functions of recurrent gates, exact to a few units in the last place: an error here goes round the
// recurrence again and again, and the built-in tanh is too coarse on some backends and NaN beyond about 44 on others.
#include "invalid.wgsl"

// 1 / (1 + e⁻ˣ); the clamp keeps e⁻ˣ finite.
fn sigmoid_of(x: f32) -> f32 {
  return select(1.0 / (1.0 + exp(-clamp(x, -87.0, 87.0))), x, is_nan(x));
}

fn tanh_of(x: f32) -> f32 {
  let size = abs(x);
  if (size < 0.3) {
    // The series of tanh; what is left out is below 2·10⁻⁸ of the result. 1 − e⁻²ˣ would cancel here.
    let y = x * x;
    return x * (1.0 + y * (-0.33333334 + y * (0.13333334 + y * (-0.053968254 + y * (0.021869488 - y * 0.008863236)))));
  }
  let e = exp(-2.0 * min(size, 20.0));
  return select(sign(x) * ((1.0 - e) / (1.0 + e)), x, is_nan(x));
}
