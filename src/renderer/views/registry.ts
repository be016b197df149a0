import { definition as alignment } from './alignment/index.ts';
import { definition as attentionGrid } from './attention-grid/index.ts';
import { definition as attentionHead } from './attention-head/index.ts';
import { definition as beams } from './beams/index.ts';
import { definition as gates } from './gates/index.ts';
import { definition as memory } from './memory/index.ts';
import { definition as neighbours } from './neighbours/index.ts';
import { definition as predictions } from './predictions/index.ts';
import { definition as trajectory } from './trajectory/index.ts';
import { definition as wordMap } from './word-map/index.ts';
import type { ViewDefinition } from './view.ts';

/** Every view, in the order in which those stand that fit a run equally well. */
export const views: readonly ViewDefinition[] = [
  gates,
  memory,
  attentionGrid,
  attentionHead,
  alignment,
  beams,
  neighbours,
  wordMap,
  trajectory,
  predictions,
];
