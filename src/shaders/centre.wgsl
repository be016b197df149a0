// Rows less the columns' means into a matrix whose sides are padded with zeros: source [rows, columns] to rows
// [row_from, row_from + rows_padded) of centred [·, columns_padded]. One thread per value.
struct Params {
  rows: u32,
  columns: u32,
  row_from: u32,
  rows_padded: u32,
  columns_padded: u32,
  source_offset: u32,
  means_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> means: array<f32>;
@group(0) @binding(3) var<storage, read_write> centred: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let column = workgroup.x * 64u + local.x;
  let row = workgroup.y + params.group_offset;
  if (column >= params.columns_padded || row >= params.rows_padded) { return; }
  var value = 0.0;
  if (row < params.rows && column < params.columns) {
    value = source[params.source_offset + row * params.columns + column] - means[params.means_offset + column];
  }
  centred[(params.row_from + row) * params.columns_padded + column] = value;
}
