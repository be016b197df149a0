// A picture of states x [T, H] with units as rows and time as columns, at the resolution of the screen: cell (i, j) is
// the mean (MEAN) or the value of largest size, with its sign, among units order[⌊i·n/rows⌋ … ⌊(i+1)·n/rows⌋), n being how many units are shown, and steps [⌊j·T/columns⌋, ⌊(j+1)·T/columns⌋).
// One thread per cell.
#include "invalid.wgsl"

struct Params {
  steps: u32,
  units: u32,
  shown: u32,
  rows: u32,
  columns: u32,
  x_offset: u32,
  order_offset: u32,
  cells_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> cells: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = (group.x + params.group_offset) * 64u + lane;
  if (index >= params.rows * params.columns) { return; }
  let row = index / params.columns;
  let column = index % params.columns;
  let unit_end = (row + 1u) * params.shown / params.rows;
  let step_first = column * params.steps / params.columns;
  let step_end = (column + 1u) * params.steps / params.columns;
  let unit_first = row * params.shown / params.rows;
  var result = 0.0;
  for (var i = unit_first; i < unit_end; i++) {
    let unit = order[params.order_offset + i];
    for (var t = step_first; t < step_end; t++) {
      let value = x[params.x_offset + t * params.units + unit];
#if MEAN
      result += value;
#else
      // What is no number stays.
      if (!is_invalid(result) && (abs(value) > abs(result) || is_invalid(value))) { result = value; }
#endif
    }
  }
#if MEAN
  result /= f32((unit_end - unit_first) * (step_end - step_first));
#endif
  cells[params.cells_offset + index] = result;
}
