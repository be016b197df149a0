// Counts of values by bins of equal width over [low, high]; counts [bins + 3] ends with those below, those above and
// those that are no number. Threads take every STRIDE-th value, so that neighbours read neighbouring values.
struct Params {
  count: u32,
  bins: u32,
  low: f32,
  high: f32,
  values_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var i = id.x; i < params.count; i += STRIDE) {
    let value = values[params.values_offset + i];
    // Compilers may take it that no value is NaN; its bits tell.
    let is_nan = (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
    var bin = params.bins + 2u;
    if (!is_nan) {
      if (value < params.low) {
        bin = params.bins;
      } else if (value > params.high) {
        bin = params.bins + 1u;
      } else {
        let place = (value - params.low) / (params.high - params.low) * f32(params.bins);
        bin = min(u32(place), params.bins - 1u);
      }
    }
    atomicAdd(&counts[bin], 1u);
  }
}
