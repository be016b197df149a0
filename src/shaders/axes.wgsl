// Gives each of 3 axes [columns, 4] length 1 and the sign that makes its largest entry positive (the first of equals);
// an axis of length 0 stays 0. One thread per axis.
struct Params {
  columns: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> axes: array<f32>;

@compute @workgroup_size(4)
fn main(@builtin(local_invocation_id) local: vec3u) {
  var square = 0.0;
  var largest = 0.0;
  for (var column = 0u; column < params.columns; column++) {
    let value = axes[column * 4u + local.x];
    square += value * value;
    if (abs(value) > abs(largest)) { largest = value; }
  }
  let factor = select(0.0, sign(largest) * inverseSqrt(square), square > 0.0);
  for (var column = 0u; column < params.columns; column++) { axes[column * 4u + local.x] *= factor; }
}
