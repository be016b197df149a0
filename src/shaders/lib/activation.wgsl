// Activation functions; the numbers are those of src/renderer/kernels/activation.ts.
#include "invalid.wgsl"

// tanh overflows to NaN on some backends beyond about 44; it is ±1 in f32 from 9.1 on.
fn safe_tanh(x: vec4f) -> vec4f {
  return tanh(clamp(x, vec4f(-15.0), vec4f(15.0)));
}

fn sigmoid(x: vec4f) -> vec4f {
  return 0.5 + 0.5 * safe_tanh(0.5 * x);
}

// A rational approximation of erf, exact to about 1e-7 (the one that Eigen and XLA use); erf(±4) is ±1 in f32.
fn erf(value: vec4f) -> vec4f {
  let x = clamp(value, vec4f(-4.0), vec4f(4.0));
  let y = x * x;
  var p = vec4f(-2.72614225801306e-10);
  p = p * y + 2.77068142495902e-08;
  p = p * y - 2.10102402082508e-06;
  p = p * y - 5.69250639462346e-05;
  p = p * y - 7.34990630326855e-04;
  p = p * y - 2.95459980854025e-03;
  p = p * y - 1.60960333262415e-02;
  var q = vec4f(-1.45660718464996e-05);
  q = q * y - 2.13374055278905e-04;
  q = q * y - 1.68282697438203e-03;
  q = q * y - 7.37332916720468e-03;
  q = q * y - 1.42647390514189e-02;
  return x * p / q;
}

// The function that the variant is for: all of them in one shader would all be computed by adapters that run both sides of
// a branch.
fn activate(x: vec4f) -> vec4f {
#if ACTIVATION == 1
  return 0.5 * x * (1.0 + safe_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
#endif
#if ACTIVATION == 2
  return 0.5 * x * (1.0 + erf(x * 0.7071067811865476));
#endif
#if ACTIVATION == 3
  return x * sigmoid(x);
#endif
#if ACTIVATION == 4
  // Not max(), which may swallow NaN.
  return select(x, vec4f(0.0), x < vec4f(0.0));
#endif
#if ACTIVATION == 5
  return select(safe_tanh(x), x, are_nan(x));
#endif
#if ACTIVATION == 6
  return select(sigmoid(x), x, are_nan(x));
#endif
#if ACTIVATION == 7
  return x * sigmoid(1.702 * x);
#endif
#if ACTIVATION == 0
  return x;
#endif
}
