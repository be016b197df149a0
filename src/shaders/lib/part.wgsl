// Rows whose length and place are multiples of 4 are read four values at a time (VECTOR), others one by one.
#if VECTOR
alias Part = vec4f;
fn product(a: Part, b: Part) -> f32 { return dot(a, b); }
#else
alias Part = f32;
fn product(a: Part, b: Part) -> f32 { return a * b; }
#endif
