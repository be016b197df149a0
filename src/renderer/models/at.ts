/** The value of a list at an index. @throws RangeError for an index outside the list. */
export function at<Value>(list: readonly Value[], index: number): Value {
  const value = list[index];
  if (value === undefined) throw new RangeError(`Index ${index} of ${list.length}.`);
  return value;
}
