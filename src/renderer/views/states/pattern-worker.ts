/** The worker's side of `pattern.ts`: where a regular expression matches. */
import type { PatternReply, PatternRequest } from './pattern.ts';

self.addEventListener('message', ({ data: { pattern, text } }: MessageEvent<PatternRequest>) => {
  const ranges = Array.from(text.matchAll(new RegExp(pattern, 'gu')), (match): [number, number] => [
    match.index,
    match.index + match[0].length,
  ]);
  self.postMessage(ranges.filter(([from, to]) => to > from) satisfies PatternReply);
});
