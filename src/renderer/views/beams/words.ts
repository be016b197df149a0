/** `62 %`; two digits that count below ten. */
export function percent(share: number): string {
  const value = share * 100;
  if (value >= 9.95) return `${Math.round(value)} %`;
  return value < 0.1 ? '<0.1 %' : `${value.toFixed(1)} %`;
}
