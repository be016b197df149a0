// Of the finite values, per thread: Σ (x − centre), Σ (x − centre)², how many are 0, and how many there are:
// moments [STRIDE, 4]. Threads take every STRIDE-th value, so that neighbours read neighbouring values.
struct Params {
  count: u32,
  centre: f32,
  values_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> moments: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sums = vec4f(0.0);
  for (var i = id.x; i < params.count; i += STRIDE) {
    let value = values[params.values_offset + i];
    let is_finite = (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
    if (is_finite) {
      let away = value - params.centre;
      sums += vec4f(away, away * away, select(0.0, 1.0, value == 0.0), 1.0);
    }
  }
  moments[id.x] = sums;
}
