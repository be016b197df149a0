import { Computed } from '../../common/computed.svelte.ts';
import { formatPercent } from '../../common/numbers.ts';
import type { Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewContext, ViewInstance } from '../view.ts';
import { poolsByAttention, readWeights, rowsOf, weightsDrawing, weightsTable } from './weights.ts';

/** How much each token counts in a classifier that pools by attention. */
export class PoolingView implements ViewInstance {
  readonly reader: Computed<{ readonly run: Run }, { readonly run: Run; readonly weights: Float32Array }>;

  constructor(readonly context: ViewContext) {
    this.reader = new Computed(
      () => (poolsByAttention(context.run) ? { run: context.run } : null),
      async ({ run }, { signal }) => ({ run, weights: await readWeights(run, signal) }),
    );
  }

  readonly rows = $derived.by(() => {
    const value = this.reader.current?.value;
    return value?.run === this.context.run ? rowsOf(value.run, value.weights) : null;
  });
  /** The token that is looked at in any view. */
  readonly looked = $derived.by(() => tokenOn(this.context.selection.current, 'target'));

  readonly spoken: string = $derived.by(() => {
    const { rows, looked } = this;
    if (rows === null) return 'Reading the weights of the tokens';
    const at =
      rows.find(({ index }) => index === looked) ??
      rows.reduce((best, row) => (row.weight > best.weight ? row : best), rows[0] ?? NOTHING);
    return `“${visibleText(at.token.text)}” counts ${formatPercent(at.weight)}`;
  });

  placeOf(index: number): Place {
    return { token: { side: 'target', index } };
  }

  save(): Json {
    return {};
  }

  show(): Promise<void> {
    return Promise.resolve();
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const { run } = this.context;
    return weightsDrawing(run, await readWeights(run), size);
  }

  async table(): Promise<Table> {
    const { run } = this.context;
    return weightsTable(run, await readWeights(run));
  }

  close(): void {
    this.reader.close();
  }
}

const NOTHING = {
  index: -1,
  token: { id: 0, text: '', span: null, special: true },
  weight: 0,
  share: 0,
} as const;
