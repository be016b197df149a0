// Unit j in plane g of the gates [planes, rows, H].
fn gate(g: u32, j: u32) -> f32 {
  return gates[params.gates_offset + (g * params.gates_rows + params.position - params.gates_first) * params.units + j];
}
