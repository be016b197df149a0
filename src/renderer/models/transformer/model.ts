import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { Run } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import { SharedHoldings } from '../../runs/shared-holdings.ts';
import type { LoadedModel } from '../family.ts';
import type { RunInput } from '../../runs/run-input.ts';
import { checkInput } from '../input.ts';
import type { WeightStore } from '../weight-store.ts';
import { compareLabels } from '../labels/difference.ts';
import { compareOutputs } from './difference.ts';
import { checkChanges, originOf, planEdits } from './intervene.ts';
import { at } from '../at.ts';
import { submitParts } from './submit-parts.ts';
import { TransformerPass } from './transformer-pass.ts';
import { labelsOf, TransformerRun, type Transformer } from './run.ts';
import { embeddedTokens } from './embedded-tokens.ts';
import type { EmbeddedTokens } from './embed.ts';
import { activationName } from '../../runs/activation-names.ts';

export interface TransformerParts {
  readonly gpu: Gpu;
  readonly about: Run['model'];
  readonly model: Transformer;
  readonly store: WeightStore;
  /** Most tokens of a text; null: any number. */
  readonly positions: number | null;
  /** What is true of its files and changes the outputs, a sentence each; left out: nothing. */
  readonly remarks?: readonly string[];
}

/** A Transformer of one stack on the GPU: it reads a text, and can be changed while it does. */
export class TransformerModel implements LoadedModel {
  readonly maxTokens: number | null;
  readonly bytes: number;
  readonly remarks: readonly string[];
  protected readonly parts: TransformerParts;

  constructor(parts: TransformerParts) {
    this.parts = parts;
    this.maxTokens = parts.positions;
    this.bytes = parts.store.bytes;
    this.remarks = parts.remarks ?? [];
  }

  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const { gpu, model, about, positions } = this.parts;
    const ids = checkInput(input, model.vocabulary, positions);
    const shared = new SharedHoldings(gpu);
    const holdings = shared.lease();
    try {
      const start = performance.now();
      const T = ids.length;
      const pass = new TransformerPass(gpu, shared.holdings, model.stack, { capacity: T, length: T });
      const tokens = this.uploaded(shared.holdings, input, 0);
      await submitParts(gpu, about.family, pass.parts(tokens), { signal, profile: input.profile ?? null });
      await this.settled(signal);
      const milliseconds = performance.now() - start;
      return new TransformerRun(gpu, { about, model, input, pass, shared, holdings, milliseconds });
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }

  async intervene(base: Run, changes: readonly Intervention[], signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const { gpu, model, about } = this.parts;
    const origin = originOf(base, about, TransformerRun);
    checkChanges(changes, ['self'], []);
    const { input, shared } = origin;
    // A share of what the base holds: the changed run looks at all that stands before its first change.
    const holdings = shared.lease();
    const editable = {
      stack: model.stack,
      tokens: input.tokens.length,
      state: (layer: number) => activationName({ kind: 'hidden_state', layer }),
    };
    const { from, edits, release } = await planEdits(changes, editable).catch((error: unknown) => {
      holdings.dispose();
      throw error;
    });
    try {
      const start = performance.now();
      const T = input.tokens.length;
      const pass = new TransformerPass(gpu, holdings, model.stack, {
        ...{ capacity: T, length: T, edits },
        base: { pass: origin.pass, from },
      });
      const tokens = this.uploaded(holdings, input, 0);
      await submitParts(gpu, `${about.family} with changes`, pass.parts(tokens), { signal });
      await this.settled(signal);
      const milliseconds = performance.now() - start;
      const last = ({ hidden }: TransformerPass) => rowsOf(at(hidden, model.stack.layers.length), 0, T);
      const [before, after] = [origin.pass, pass].map((own) => labelsOf(gpu, model, own, input, holdings));
      const difference =
        before && after
          ? compareLabels(before, after)
          : model.head === null
            ? null
            : compareOutputs(gpu, {
                head: model.head,
                vocabulary: model.vocabulary,
                tokenOf: input.vocabulary,
                before: last(origin.pass),
                after: last(pass),
                holdings,
              });
      return new TransformerRun(gpu, {
        ...{ about, model, input, pass, shared, holdings, milliseconds },
        changes: { base: origin, changes, difference },
      });
    } catch (error) {
      holdings.dispose();
      throw error;
    } finally {
      release();
    }
  }

  dispose(): void {
    this.parts.store.dispose();
  }

  /** Ids, token types and places of the tokens from `first` on. */
  protected uploaded(holdings: Holdings, { tokens }: RunInput, first: number): EmbeddedTokens {
    const { gpu, model } = this.parts;
    return embeddedTokens(gpu, holdings, model.stack.embedding, tokens, first);
  }

  /** Waits until the work is done. */
  protected async settled(signal: AbortSignal): Promise<void> {
    const { gpu } = this.parts;
    await gpu.idle();
    gpu.assertAlive();
    signal.throwIfAborted();
  }
}
