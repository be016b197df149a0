// Rows of a matrix, one after another: who works on which row, and sums over it. The kernel that includes this defines
//   fn process(row: u32)
// in which `lanes` threads share a row, each taking every `lanes`th value from `lane` on (constants to the compiler where
// they can be); `params.rows` is the number of rows.
//
// BY_THREAD     a thread takes a row alone: no exchange at all; with QUADS the four threads of a quad may exchange what is
//               the same for all rows, and `corner` is a thread's place among them
// BY_SUBGROUP   a subgroup takes a row: whichever is free takes the next one, and counts its own active lanes, so that
//               nothing is assumed about the size of subgroups or how threads fall into them
// BY_WORKGROUP  a workgroup takes a row: a tree in workgroup memory
// The lowest finite number, from which a maximum goes up.
const LOWEST = -3.4028234e38;

#if VECTOR
// Four values of a row at a time.
alias Value = vec4f;
const SIZE = 4u;
fn sum_of(x: Value) -> f32 { return (x.x + x.y) + (x.z + x.w); }
fn most_of(x: Value) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }
#else
alias Value = f32;
const SIZE = 1u;
fn sum_of(x: Value) -> f32 { return x; }
fn most_of(x: Value) -> f32 { return x; }
#endif

#if QUADS
enable subgroups;
// All threads take the same way through a row, which the compiler can't see.
diagnostic(off, subgroup_uniformity);
var<private> corner: u32;
#endif

#if BY_THREAD
const lane = 0u;
const lanes = 1u;
fn total(value: f32) -> f32 { return value; }
fn maximum(value: f32) -> f32 { return value; }

#if QUADS
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  corner = invocation & 3;
  // Threads beyond the last row repeat it: a quad needs all of its four.
  process(min((group.x + params.group_offset) * 64 + index, params.rows - 1));
}
#else
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = (group.x + params.group_offset) * 64 + index;
  if (row < params.rows) { process(row); }
}
#endif
#endif

#if BY_SUBGROUP
enable subgroups;
// All lanes of a subgroup take the same way below, which the compiler can't see.
diagnostic(off, subgroup_uniformity);
const ROWS_PER_GROUP = 16u;
var<workgroup> taken: atomic<u32>;
var<private> lane: u32;
var<private> lanes: u32;

fn total(value: f32) -> f32 { return subgroupAdd(value); }
fn maximum(value: f32) -> f32 { return subgroupMax(value); }

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3u) {
  lane = subgroupExclusiveAdd(1u);
  lanes = subgroupAdd(1u);
  let first = (group.x + params.group_offset) * ROWS_PER_GROUP;
  let count = min(ROWS_PER_GROUP, params.rows - first);
  loop {
    var next = 0u;
    if (lane == 0) { next = atomicAdd(&taken, 1u); }
    next = subgroupAdd(next);
    if (next >= count) { break; }
    process(first + next);
  }
}
#endif

#if BY_WORKGROUP
const lanes = 128u;
var<private> lane: u32;
var<workgroup> partial: array<f32, lanes>;

fn total(value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var reach = lanes / 2; reach > 0; reach /= 2) {
    if (lane < reach) { partial[lane] += partial[lane + reach]; }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

fn maximum(value: f32) -> f32 {
  partial[lane] = value;
  workgroupBarrier();
  for (var reach = lanes / 2; reach > 0; reach /= 2) {
    if (lane < reach) { partial[lane] = max(partial[lane], partial[lane + reach]); }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

@compute @workgroup_size(lanes)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) index: u32) {
  lane = index;
  process(group.x + params.group_offset);
}
#endif
