// Golub-Kahan bidiagonalisation of a matrix [m, n], both at most 512, for its largest singular value: the matrix with
// `alpha` on its diagonal and `beta` above it has nearly the same. One workgroup; every right vector is kept and the
// next one made orthogonal to all of them, so that rounding can't bring an old direction back.
struct Params {
  rows: u32,
  columns: u32,
  // At most 48, and at most n.
  rounds: u32,
  first: u32,
  matrix_offset: u32,
  out_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> matrix: array<f32>;
// Scratch [48, n].
@group(0) @binding(2) var<storage, read_write> right: array<f32>;
// alpha [rounds] and beta [rounds] from `first` on.
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

const THREADS = 128u;
var<workgroup> left: array<f32, 512>;
var<workgroup> next: array<f32, 512>;
var<workgroup> overlap: array<f32, 48>;
var<workgroup> parts: array<f32, THREADS>;

// Σ over the workgroup; every thread must come here.
fn total(part: f32, thread: u32) -> f32 {
  workgroupBarrier();
  parts[thread] = part;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < THREADS; i++) { sum += parts[i]; }
  return sum;
}

@compute @workgroup_size(THREADS)
fn main(@builtin(local_invocation_id) local: vec3u) {
  let thread = local.x;
  let m = params.rows;
  let n = params.columns;
  // A start that no structure of the matrix is likely to be orthogonal to.
  var part = 0.0;
  for (var j = thread; j < n; j += THREADS) {
    let value = 0.25 + fract(f32(j + 1u) * 0.6180339887);
    next[j] = value;
    part += value * value;
  }
  var size = sqrt(total(part, thread));
  for (var j = thread; j < n; j += THREADS) { right[j] = next[j] / size; }
  for (var i = thread; i < m; i += THREADS) { left[i] = 0.0; }
  storageBarrier();
  workgroupBarrier();

  var beta = 0.0;
  // What is this much smaller than the norm is rounding: going on with it would bring old directions back.
  var largest = 0.0;
  for (var round = 0u; round < params.rounds; round++) {
    let row = round * n;
    part = 0.0;
    for (var i = thread; i < m; i += THREADS) {
      var sum = -beta * left[i];
      let line = params.matrix_offset + i * n;
      for (var j = 0u; j < n; j++) { sum += matrix[line + j] * right[row + j]; }
      left[i] = sum;
      part += sum * sum;
    }
    var alpha = sqrt(total(part, thread));
    largest = max(largest, alpha);
    // Where nothing is left, the value is 0 and so are all that follow.
    if (alpha <= 1e-5 * largest) { alpha = 0.0; }
    let scale = select(0.0, 1.0 / alpha, alpha > 0.0);
    for (var i = thread; i < m; i += THREADS) { left[i] *= scale; }
    workgroupBarrier();
    for (var j = thread; j < n; j += THREADS) {
      var sum = -alpha * right[row + j];
      for (var i = 0u; i < m; i++) { sum += matrix[params.matrix_offset + i * n + j] * left[i]; }
      next[j] = sum;
    }
    for (var again = 0u; again < 2u; again++) {
      workgroupBarrier();
      for (var p = thread; p <= round; p += THREADS) {
        var sum = 0.0;
        for (var j = 0u; j < n; j++) { sum += right[p * n + j] * next[j]; }
        overlap[p] = sum;
      }
      workgroupBarrier();
      for (var j = thread; j < n; j += THREADS) {
        var sum = next[j];
        for (var p = 0u; p <= round; p++) { sum -= overlap[p] * right[p * n + j]; }
        next[j] = sum;
      }
    }
    part = 0.0;
    for (var j = thread; j < n; j += THREADS) { part += next[j] * next[j]; }
    beta = sqrt(total(part, thread));
    largest = max(largest, beta);
    if (beta <= 1e-5 * largest) { beta = 0.0; }
    let inverse = select(0.0, 1.0 / beta, beta > 0.0);
    if (round + 1u < params.rounds) {
      for (var j = thread; j < n; j += THREADS) { right[row + n + j] = next[j] * inverse; }
    }
    if (thread == 0u) {
      out[params.out_offset + params.first + round] = alpha;
      out[params.out_offset + params.first + params.rounds + round] = beta;
    }
    storageBarrier();
    workgroupBarrier();
  }
}
