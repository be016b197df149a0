import { HeadgateError } from '../../common/error.ts';

/** Why nothing of a run can be drawn. */
export function noAttention(): HeadgateError {
  return new HeadgateError(
    'no-attention',
    'This run has no attention.',
    'Open a model with attention layers to see its heads.',
  );
}
