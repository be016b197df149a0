// The recurrent product of a step, and the entry point of its kernel, which defines
//   alias Sum                                         what is summed up for a unit
//   fn term(b: u32, at: u32, k: u32, value: f32) -> Sum   what `value`, the k-th of the hidden state, adds; `at` counts the
//                                                     weights of a unit in the bound ones, [P, block_units]
//   fn finish(b: u32, j: u32, start: u32, sum: Sum)    what becomes of unit j; `start`: where the hidden state before begins
// A thread has EACH units, which share what it reads of the hidden state; a group of SPLIT threads shares their sums.
const THREADS = 64u / SPLIT / EACH;
#if SHARED
var<workgroup> parts: array<Sum, 64>;
#endif

// The lane's share of the sums of the block's units j, j + THREADS, …: every SPLIT-th k.
fn share(b: u32, j: u32, start: u32, lane: u32) -> array<Sum, EACH> {
  // Units beyond the last repeat it.
#for u 0 EACH
  var sum{u} = Sum();
  var at{u} = lane * params.block_units + min(j + {u}u * THREADS, params.block_units - 1u);
#endfor
  let stride = SPLIT * params.block_units;
  var k = lane;
  // Several steps at a time as far as that goes: loops cost more than their bodies on some adapters, until these get long.
  for (; k + (STEPS - 1u) * SPLIT < params.state; k += STEPS * SPLIT) {
#for e 0 STEPS
    let k{e} = k + {e}u * SPLIT;
    let value{e} = hidden[start + k{e}];
#for u 0 EACH
    sum{u} += term(b, at{u}, k{e}, value{e});
    at{u} += stride;
#endfor
#endfor
  }
  for (; k < params.state; k += SPLIT) {
    let value = hidden[start + k];
#for u 0 EACH
    sum{u} += term(b, at{u}, k, value);
    at{u} += stride;
#endfor
  }
  return array<Sum, EACH>(
#for u 0 EACH
    sum{u},
#endfor
  );
}

@compute @workgroup_size(THREADS, SPLIT)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.y;
  let j = group.x * THREADS * EACH + local.x;
  let start = params.hidden_offset + (previous_row(b) * params.batch + b) * params.state;
  let sums = share(b, j, start, local.y);
#if SHARED
  // All of a workgroup must reach the barrier, those beyond the last unit as well.
  parts[local.y * THREADS + local.x] = sums[0];
  workgroupBarrier();
  if (local.y != 0u || j >= params.block_units) { return; }
  var sum = Sum();
  for (var lane = 0u; lane < SPLIT; lane++) { sum += parts[lane * THREADS + local.x]; }
  finish(b, params.block_first + j, start, sum);
#else
#for u 0 EACH
  if (j + {u}u * THREADS < params.block_units) { finish(b, params.block_first + j + {u}u * THREADS, start, sums[{u}]); }
#endfor
#endif
}
