// out[unit] = the sum over T rows of x [T, width]; with MEAN their mean, with MAXIMUM the largest value.
struct Params { rows: u32, width: u32, x_offset: u32, out_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let unit = id.x;
  if (unit >= params.width) { return; }
  var result = x[params.x_offset + unit];
  for (var row = 1u; row < params.rows; row++) {
    let value = x[params.x_offset + row * params.width + unit];
#if MAXIMUM
    result = max(result, value);
#else
    result += value;
#endif
  }
#if MEAN
  result /= f32(params.rows);
#endif
  out[params.out_offset + unit] = result;
}
