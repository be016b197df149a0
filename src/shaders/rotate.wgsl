// 8 vectors [side, 8] times a rotation [3, 8]: rotated [side, 4], the fourth 0. One thread per row.
struct Params {
  side: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(2) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> rotated: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.side) { return; }
  let low = vectors[2u * id.x];
  let high = vectors[2u * id.x + 1u];
  rotated[id.x] = vec4f(
    dot(low, rotation[0]) + dot(high, rotation[1]),
    dot(low, rotation[2]) + dot(high, rotation[3]),
    dot(low, rotation[4]) + dot(high, rotation[5]),
    0.0,
  );
}
