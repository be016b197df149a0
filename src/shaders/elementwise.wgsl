// out[i] = x[i] + y[i], or x[i] · y[i] with MULTIPLY
struct Params { count: u32, x_offset: u32, y_offset: u32, out_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // Four values a thread, neighbours in neighbouring threads.
  let start = (group.x + params.group_offset) * 256 + lane;
  for (var i = start; i < min(start + 256, params.count); i += 64) {
    let a = x[params.x_offset + i];
    let b = y[params.y_offset + i];
#if MULTIPLY
    out[params.out_offset + i] = a * b;
#else
    out[params.out_offset + i] = a + b;
#endif
  }
}
