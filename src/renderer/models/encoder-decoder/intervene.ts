import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import type { Run } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import { compareLabels } from '../labels/difference.ts';
import { compareOutputs } from '../transformer/difference.ts';
import { checkChanges, originOf, planEdits, type PlannedEdits } from '../transformer/intervene.ts';
import { at } from '../at.ts';
import { followedBy, submitParts } from '../transformer/submit-parts.ts';
import { TransformerPass } from '../transformer/transformer-pass.ts';
import { plainTokens } from '../transformer/embed.ts';
import { recordSource, sourceRoom, writingHead } from './encoder-decoder.ts';
import { EncoderDecoderRun, labelsOf } from './run.ts';
import { activationName } from '../../runs/activation-names.ts';

/** The same source and target again with changes of either stack. @throws as `LoadedModel.intervene` */
export async function intervene(
  gpu: Gpu,
  about: Run['model'],
  base: Run,
  changes: readonly Intervention[],
  signal: AbortSignal,
): Promise<Run> {
  const origin = originOf(base, about, EncoderDecoderRun);
  checkChanges(changes, ['encoder', 'decoder', 'cross'], ['encoder', 'decoder']);
  const start = performance.now();
  const { model, shared, outputs, input } = origin.parts;
  const inEncoder = changes.filter(
    (change) => (change.kind === 'head' ? change.attention : change.side) === 'encoder',
  );
  const inDecoder = changes.filter((change) => !inEncoder.includes(change));
  const plans: PlannedEdits[] = [];
  const plan = async (side: 'encoder' | 'decoder', own: readonly Intervention[], tokens: number) => {
    const state = (layer: number) => activationName({ kind: 'hidden_state', stack: side, layer });
    const planned = await planEdits(own, { stack: model[side], tokens, state });
    plans.push(planned);
    return planned;
  };
  const holdings = shared.lease();
  try {
    const S = input.tokens.length;
    const T = origin.tokens.length;
    const encoder =
      inEncoder.length === 0
        ? null
        : new TransformerPass(
            gpu,
            holdings,
            model.encoder,
            change(origin.parts.encoder, S, await plan('encoder', inEncoder, S)),
          );
    const source = encoder === null ? origin.parts.source : sourceRoom(holdings, model, S);
    const planned = await plan('decoder', inDecoder, T);
    // Another source reaches the decoder from its first layer on.
    const from = encoder === null ? planned.from : 0;
    const decoder = new TransformerPass(gpu, holdings, model.decoder, {
      ...change(origin.parts.decoder, T, { ...planned, from }),
      source,
    });
    const ids = (length: number) => plainTokens(holdings.tensor([length], 'token ids'));
    const read = encoder === null ? null : ids(S);
    const written = ids(T);
    const encoded =
      encoder === null || read === null
        ? []
        : followedBy(encoder.parts(read), (recorder) => recordSource(recorder, model, encoder, source));
    const parts = [...encoded, ...decoder.parts(written)];
    await submitParts(gpu, `${about.family} with changes`, parts, { signal });
    await gpu.idle();
    gpu.assertAlive();
    signal.throwIfAborted();
    const last = ({ hidden }: TransformerPass) => rowsOf(at(hidden, model.decoder.layers.length), 0, T);
    const [before, after] = [origin.parts.decoder, decoder].map((own) =>
      labelsOf(gpu, { model, input, holdings, decoder: own }),
    );
    const difference =
      before && after
        ? compareLabels(before, after)
        : compareOutputs(gpu, {
            head: writingHead(model),
            vocabulary: outputs,
            tokenOf: input.vocabulary,
            before: last(origin.parts.decoder),
            after: last(decoder),
            holdings,
          });
    return new EncoderDecoderRun(gpu, {
      ...origin.parts,
      ...{ holdings, source, decoder, encoder: encoder ?? origin.parts.encoder, tree: null, pace: null },
      milliseconds: performance.now() - start,
      changes: { base: origin, changes, difference },
    });
  } catch (error) {
    holdings.dispose();
    throw error;
  } finally {
    for (const { release } of plans) release();
  }
}

/** Options of a pass that goes on from the first change of another. */
function change(
  pass: TransformerPass,
  tokens: number,
  { from, edits }: Pick<PlannedEdits, 'from' | 'edits'>,
) {
  return { capacity: tokens, length: tokens, base: { pass, from }, edits };
}
