// Heatmaps straight from a storage buffer: one instance is one map, and every pixel shows the nearest cell.

struct Style {
  // Device pixels.
  canvas: vec2f,
  // Values at the start and at the end of the colour scale.
  domain: vec2f,
  // Row and column of the whole matrix; -1: none.
  hovered: vec2f,
  locked: vec2f,
  background: vec4f,
  masked: vec4f,
  invalid: vec4f,
  // Opacity in the fourth channel. What is hovered is drawn black or white, whichever stands out.
  lock_color: vec4f,
  hover_opacity: f32,
  // Device pixels: thickness of highlights, and the gap between cells (0: none).
  line: f32,
  gap: f32,
  logarithmic: u32,
  // 1: cells whose column is above their row + diagonal hold no value.
  causal: u32,
  diagonal: f32,
}

struct HeatMap {
  // x, y, width and height in device pixels.
  rect: vec4f,
  // First row and column of the whole matrix, and how many rows and columns of it the cells cover.
  start: vec2f,
  span: vec2f,
  // Elements of `values`.
  offset: u32,
  stride: u32,
  // Cells.
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<uniform> style: Style;
@group(0) @binding(1) var<uniform> colors: array<vec4f, 256>;
@group(0) @binding(2) var<storage, read> maps: array<HeatMap>;
@group(0) @binding(3) var<storage, read> values: array<f32>;

// What every pixel of a map needs, computed once for each corner.
struct Corner {
  @builtin(position) position: vec4f,
  // Upper left corner in pixels, and cells per pixel.
  @location(0) @interpolate(flat) origin: vec4f,
  @location(1) @interpolate(flat) cells: vec2f,
  // First element and stride.
  @location(2) @interpolate(flat) elements: vec2u,
  // First row and column of the whole matrix, and how many of them are in a cell.
  @location(3) @interpolate(flat) window: vec4f,
  // Where outlines begin, in pixels of the map: above and below the row, left and right of the column.
  @location(4) @interpolate(flat) hovered: vec4f,
  @location(5) @interpolate(flat) locked: vec4f,
}

// Lines around the band of one row (or column): just outside of it, or at the map's edge. Outside the map: no line.
fn outline(index: f32, start: f32, span: f32, size: f32) -> vec2f {
  if (index < start || index >= start + span) { return vec2f(-1e6); }
  let near = floor((index - start) / span * size);
  let far = max(ceil((index + 1.0 - start) / span * size), near + 1.0);
  return vec2f(max(near - style.line, 0.0), min(far, size - style.line));
}

fn outlines(place: vec2f, map: HeatMap) -> vec4f {
  return vec4f(
    outline(place.x, map.start.x, map.span.x, map.rect.w),
    outline(place.y, map.start.y, map.span.y, map.rect.z),
  );
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) instance: u32) -> Corner {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  let map = maps[instance];
  let point = (map.rect.xy + corner * map.rect.zw) / style.canvas;
  let cells = vec2f(f32(map.columns), f32(map.rows));
  var out: Corner;
  out.position = vec4f(point.x * 2.0 - 1.0, 1.0 - point.y * 2.0, 0.0, 1.0);
  out.origin = vec4f(map.rect.xy, cells / map.rect.zw);
  out.cells = cells;
  out.elements = vec2u(map.offset, map.stride);
  out.window = vec4f(map.start, map.span / cells.yx);
  out.hovered = outlines(style.hovered, map);
  out.locked = outlines(style.locked, map);
  return out;
}

// Distance along the scale, 0 … 1.
fn along(value: f32) -> f32 {
  if (style.logarithmic == 1u) {
    if (value <= style.domain.x) { return 0.0; }
    return clamp(log(value / style.domain.x) / log(style.domain.y / style.domain.x), 0.0, 1.0);
  }
  return clamp((value - style.domain.x) / (style.domain.y - style.domain.x), 0.0, 1.0);
}

fn is_masked(map: Corner, cell: vec2f) -> bool {
  if (style.causal == 0u) { return false; }
  let last_row = map.window.x + ceil((cell.y + 1.0) * map.window.z) - 1.0;
  let first_column = map.window.y + floor(cell.x * map.window.w);
  return first_column > last_row + style.diagonal;
}

// What is no number is hatched, so that no colour of a scale can be taken for it: the lines go on from cell to cell.
fn hatched(position: vec2f) -> vec4f {
  let along = fract((position.x + position.y) / (4.0 * max(style.line, 1.0)));
  return select(mix(style.invalid, style.background, 0.6), style.invalid, along < 0.5);
}

fn cell_color(map: Corner, pixel: vec2f) -> vec4f {
  let cell = clamp(floor(pixel * map.origin.zw), vec2f(0.0), map.cells - 1.0);
  if (is_masked(map, cell)) { return style.masked; }
  if (style.gap > 0.0) {
    let next = min(floor((pixel + style.gap) * map.origin.zw), map.cells - 1.0);
    if (any(next > cell)) { return style.background; }
  }
  let value = values[map.elements.x + u32(cell.y) * map.elements.y + u32(cell.x)];
  // NaN and infinities by their bits: comparisons may be compiled as if there were none.
  if ((bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u) { return hatched(map.position.xy); }
  return colors[min(u32(along(value) * 256.0), 255u)];
}

fn is_outlined(pixel: vec2f, lines: vec4f) -> bool {
  let past = pixel.yyxx - lines;
  return any((past >= vec4f(0.0)) & (past < vec4f(style.line)));
}

@fragment
fn fragment(map: Corner) -> @location(0) vec4f {
  let pixel = map.position.xy - map.origin.xy;
  let color = cell_color(map, pixel);
  if (is_outlined(pixel, map.locked)) {
    return vec4f(mix(color.rgb, style.lock_color.rgb, style.lock_color.a), 1.0);
  }
  if (is_outlined(pixel, map.hovered)) {
    let is_light = dot(color.rgb, vec3f(0.299, 0.587, 0.114)) > 0.5;
    return vec4f(mix(color.rgb, vec3f(select(1.0, 0.0, is_light)), style.hover_opacity), 1.0);
  }
  return color;
}
