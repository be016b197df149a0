import { HeadgateError } from '../../../common/error.ts';

/** What a view of recurrent layers says of a run without them. */
export function noRecurrent(): HeadgateError {
  return new HeadgateError(
    'no-recurrent-layers',
    'This run has no recurrent layers.',
    'Open an RNN, LSTM, GRU or a recurrent seq2seq model.',
  );
}
