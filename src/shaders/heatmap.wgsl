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

struct Corner {
  @builtin(position) position: vec4f,
  @location(0) @interpolate(flat) instance: u32,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) instance: u32) -> Corner {
  let corner = vec2f(f32(index & 1u), f32(index >> 1u));
  let rect = maps[instance].rect;
  let point = (rect.xy + corner * rect.zw) / style.canvas;
  var out: Corner;
  out.position = vec4f(point.x * 2.0 - 1.0, 1.0 - point.y * 2.0, 0.0, 1.0);
  out.instance = instance;
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

// True on the outline around the band of one row (or column): just outside it, or at the map's edge.
fn on_outline(pixel: f32, index: f32, start: f32, span: f32, size: f32) -> bool {
  if (index < start || index >= start + span) { return false; }
  let near = floor((index - start) / span * size);
  let far = max(ceil((index + 1.0 - start) / span * size), near + 1.0);
  let before = max(near - style.line, 0.0);
  let after = min(far, size - style.line);
  return (pixel >= before && pixel < before + style.line) || (pixel >= after && pixel < after + style.line);
}

fn is_masked(map: HeatMap, row: f32, column: f32) -> bool {
  if (style.causal == 0u) { return false; }
  let last_row = map.start.x + ceil((row + 1.0) * map.span.x / f32(map.rows)) - 1.0;
  let first_column = map.start.y + floor(column * map.span.y / f32(map.columns));
  return first_column > last_row + style.diagonal;
}

fn cell_color(map: HeatMap, pixel: vec2f) -> vec4f {
  let size = map.rect.zw;
  let cells = vec2f(f32(map.columns), f32(map.rows));
  let cell = clamp(floor(pixel / size * cells), vec2f(0.0), cells - 1.0);
  if (is_masked(map, cell.y, cell.x)) { return style.masked; }
  if (style.gap > 0.0) {
    let next = floor((pixel + style.gap) / size * cells);
    if ((next.x > cell.x && cell.x < cells.x - 1.0) || (next.y > cell.y && cell.y < cells.y - 1.0)) {
      return style.background;
    }
  }
  let value = values[map.offset + u32(cell.y) * map.stride + u32(cell.x)];
  // NaN and infinities by their bits: comparisons may be compiled as if there were none.
  if ((bitcast<u32>(value) & 0x7f800000u) == 0x7f800000u) { return style.invalid; }
  return colors[min(u32(along(value) * 256.0), 255u)];
}

// True on the outline of the row or of the column of a place.
fn is_outlined(map: HeatMap, pixel: vec2f, place: vec2f) -> bool {
  return on_outline(pixel.y, place.x, map.start.x, map.span.x, map.rect.w)
    || on_outline(pixel.x, place.y, map.start.y, map.span.y, map.rect.z);
}

@fragment
fn fragment(@builtin(position) position: vec4f, @location(0) @interpolate(flat) instance: u32) -> @location(0) vec4f {
  let map = maps[instance];
  let pixel = position.xy - map.rect.xy;
  let color = cell_color(map, pixel);
  if (is_outlined(map, pixel, style.locked)) {
    return vec4f(mix(color.rgb, style.lock_color.rgb, style.lock_color.a), 1.0);
  }
  if (is_outlined(map, pixel, style.hovered)) {
    let is_light = dot(color.rgb, vec3f(0.299, 0.587, 0.114)) > 0.5;
    return vec4f(mix(color.rgb, vec3f(select(1.0, 0.0, is_light)), style.hover_opacity), 1.0);
  }
  return color;
}
