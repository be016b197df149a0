// out[row, out_first + j] = x[row, x_first + j] for j < width: puts columns side by side in wider rows, or takes some out.
struct Params {
  rows: u32, width: u32, x_width: u32, x_first: u32, out_width: u32, out_first: u32,
  group_offset: u32, x_offset: u32, out_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = (group.x + params.group_offset) * 64u + local.x;
  if (at >= params.rows * params.width) { return; }
  let row = at / params.width;
  let column = at % params.width;
  out[params.out_offset + row * params.out_width + params.out_first + column] =
    x[params.x_offset + row * params.x_width + params.x_first + column];
}
