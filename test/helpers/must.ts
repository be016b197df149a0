/** The value, which a test knows to be there. */
export function must<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('The test expected a value here.');
  return value;
}
