/** A label over a column: its middle and its width, CSS pixels, and how much it counts. */
interface Label {
  readonly at: number;
  readonly width: number;
  readonly rank: number;
}

/**
 * Indices of the labels that are shown: none is over another, and those that count the most come first.
 * @param gap free between two labels, CSS pixels
 */
export function shownApart(labels: readonly Label[], gap: number): ReadonlySet<number> {
  const order = [...labels.keys()].sort((a, b) => (labels[b]?.rank ?? 0) - (labels[a]?.rank ?? 0) || a - b);
  const shown = new Set<number>();
  for (const index of order) {
    const one = labels[index];
    if (one === undefined) continue;
    const isFree = [...shown].every((other) => {
      const { at = 0, width = 0 } = labels[other] ?? {};
      // Labels that just touch are apart, however lengths were rounded.
      return Math.abs(one.at - at) >= (one.width + width) / 2 + gap - 1e-6;
    });
    if (isFree) shown.add(index);
  }
  return shown;
}
