// Sums of a matrix's rows [rows, columns] weighted by 4 vectors [rows, 4]: combined [columns, 4]. One thread per column.
struct Params {
  rows: u32,
  columns: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> combined: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.columns) { return; }
  var sum = vec4f();
  for (var row = 0u; row < params.rows; row++) { sum += matrix[row * params.columns + id.x] * weights[row]; }
  combined[id.x] = sum;
}
