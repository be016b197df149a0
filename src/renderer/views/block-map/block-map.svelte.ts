import { Computed } from '../../common/computed.svelte.ts';
import { HeadgateError } from '../../../common/error.ts';
import { counted, formatCount, formatValue } from '../../common/numbers.ts';
import { savedChoice, savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import type { Additions, BlockStack } from '../../runs/facets/blocks.ts';
import { parametersOf, type Structure } from '../../runs/facets/structure.ts';
import { recurrentStackName } from '../../runs/activation-names.ts';
import { lookedIndex, sequenceOf } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { diagramOf, type PartId } from './diagram.ts';
import { mapDrawing, type MapPicture } from './drawing.ts';
import { neuronsDrawing, type NeuronsPicture } from './neurons-drawing.ts';
import { atToken, neuronsOf, overText, strongest, type Neurons, type NeuronsWish } from './neurons.ts';
import { mapTable } from './table.ts';

export const MODES = ['diagram', 'neurons'] as const;
/** Neurons that are listed. */
const LISTED = 12;

interface AddedWish {
  readonly run: Run;
}

/** What the parts of each layer add, stack by stack; layers come one after another. */
type Added = readonly (readonly Additions[])[];

/** The open model as a diagram; the neurons of a block. */
export class BlockMapView implements ViewInstance {
  width = $state(0);
  height = $state(0);
  mode = $state<(typeof MODES)[number]>('diagram');
  /** The stack and the layer whose neurons are shown. */
  stack = $state(0);
  layer = $state(0);
  /** The neuron that colours the text; null: the strongest at the token. */
  neuron = $state<number | null>(null);
  selected = $state<PartId | null>(null);
  readonly added: Computed<AddedWish, Added>;
  readonly neurons: Computed<NeuronsWish, Neurons>;
  readonly strong: Computed<{ neurons: Neurons; token: number }, Float32Array<ArrayBuffer>>;
  readonly values: Computed<{ neurons: Neurons; neuron: number }, Float32Array<ArrayBuffer>>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.added = new Computed(
      () => (this.blocks.length > 0 && this.mode === 'diagram' ? { run: context.run } : null),
      ({ run }, work) => additionsOf(run, work),
    );
    this.neurons = new Computed(
      () => (this.mode === 'neurons' && this.block !== null ? this.#neuronsWish(this.block) : null),
      neuronsOf,
    );
    this.strong = new Computed(
      () => (this.known === null ? null : { neurons: this.known, token: this.tokenOf(this.known.stack) }),
      ({ neurons, token }) => atToken(neurons, token),
    );
    this.values = new Computed(
      () => {
        const { known, shownNeuron } = this;
        return known === null || shownNeuron === null ? null : { neurons: known, neuron: shownNeuron };
      },
      ({ neurons, neuron }) => overText(neurons, neuron),
    );
  }

  readonly structure: Structure | null = $derived.by(() => this.context.run.facet('structure'));
  readonly blocks: readonly BlockStack[] = $derived.by(() => this.context.run.facet('blocks') ?? []);
  readonly block: BlockStack | null = $derived.by(() => this.blocks[this.stack] ?? this.blocks[0] ?? null);
  /** The neurons that are on the GPU, of the present run. */
  readonly known: Neurons | null = $derived.by(() => {
    const { value } = this.neurons;
    return value?.run === this.context.run ? value : null;
  });
  readonly listed = $derived.by(() => {
    const { current } = this.strong;
    return current === null || current.wish.neurons !== this.known ? [] : strongest(current.value, LISTED);
  });
  readonly shownNeuron: number | null = $derived.by(() => {
    const { neuron, known } = this;
    const last = (known?.tensor.shape[1] ?? 1) - 1;
    return neuron === null ? (this.listed[0]?.neuron ?? null) : Math.min(neuron, last);
  });

  #neuronsWish(stack: BlockStack): NeuronsWish {
    return { run: this.context.run, stack, layer: Math.min(this.layer, stack.layers - 1) };
  }

  /** The token of a stack's sequence that is looked at. */
  tokenOf({ side }: Pick<BlockStack, 'side'>): number {
    const { run, selection } = this.context;
    return lookedIndex(run, selection.current, side);
  }

  readonly picture: MapPicture | null = $derived.by(() => {
    const { added, context } = this;
    const { current } = added;
    const known = current?.wish.run === context.run ? current.value : [];
    return this.structure === null ? null : this.#pictureOf(this.structure, known, this.selected);
  });

  #pictureOf(structure: Structure, known: Added, selected: PartId | null): MapPicture {
    const { run } = this.context;
    const sideOf = (stack: number) => this.blocks[stack]?.side ?? 'target';
    const tokens = this.blocks.map(({ side }) => tokenName(sequenceOf(run, side), this.tokenOf({ side })));
    return {
      ...{ name: run.model.name, structure, selected },
      additionsOf: (stack, layer) => known[stack]?.[layer] ?? null,
      tokenOf: (stack) => this.tokenOf({ side: sideOf(stack) }),
      token: tokens.filter((token, at) => tokens.indexOf(token) === at).join(' and '),
    };
  }

  readonly neuronsPicture: NeuronsPicture | null = $derived.by(() => {
    const { known, listed, shownNeuron } = this;
    const { current } = this.values;
    if (known === null || shownNeuron === null || current === null || current.wish.neurons !== known)
      return null;
    return this.#neuronsPictureOf(known, listed, current.wish.neuron, current.value);
  });

  #neuronsPictureOf(
    { run, stack, layer }: Neurons,
    strong: NeuronsPicture['strong'],
    neuron: number,
    values: ArrayLike<number>,
  ): NeuronsPicture {
    const block = `${stack.stack === null ? '' : `${stack.stack} `}L${layer}`;
    const tokens = sequenceOf(run, stack.side);
    return { model: run.model.name, block, tokens, token: this.tokenOf(stack), strong, neuron, values };
  }

  readonly spoken: string = $derived.by(() => {
    const { structure, mode, neuronsPicture } = this;
    if (structure === null) return 'This run has no diagram';
    if (mode === 'neurons' && neuronsPicture !== null) {
      const { block, neuron, token, tokens, values } = neuronsPicture;
      return `Neuron ${neuron} of ${block} at ${tokenName(tokens, token)}: ${formatValue(values[token] ?? NaN)}`;
    }
    const layers = structure.stacks.map(({ layers: own }) => own.length).join(' and ');
    return `${this.context.run.model.name}: ${counted(structure.stacks.length, 'stack')} of ${layers} ${layers === '1' ? 'layer' : 'layers'}, ${formatCount(parametersOf(structure))} parameters`;
  });

  readonly commands: readonly ViewCommand[] = [
    {
      ...{ id: 'mode', title: 'Show it another way', shortcut: 'T' },
      words: 'block map diagram neurons mlp activations feed-forward',
      when: () => this.blocks.length > 0,
      run: () => void (this.mode = this.mode === 'diagram' ? 'neurons' : 'diagram'),
    },
    ...([1, -1] as const).map((step) => ({
      ...{ id: step > 0 ? 'next-layer' : 'former-layer', shortcut: step > 0 ? '}' : '{' },
      title: step > 0 ? 'Layer after' : 'Layer before',
      when: () => this.mode === 'neurons',
      run: () => this.setLayer(this.layer + step),
    })),
  ];

  setLayer(layer: number): void {
    this.layer = Math.min(Math.max(layer, 0), (this.block?.layers ?? 1) - 1);
    this.neuron = null;
  }

  setStack(stack: number): void {
    this.stack = stack;
    this.setLayer(this.layer);
  }

  /** Opens what belongs to a part: its heads, its neurons, its gates, its predictions. */
  open(id: PartId): void {
    const { structure, context } = this;
    if (structure === null) return;
    this.selected = id;
    const found = diagramOf(structure.stacks, { width: 1000, text: 12 }, 0)
      .stacks.flatMap(({ rows }, stack) =>
        rows.flatMap(({ boxes }) => boxes.map((box) => ({ ...box, stack }))),
      )
      .find((box) => box.id === id);
    if (found === undefined) return;
    const { part, stack } = found;
    const layer = found.layer ?? 0;
    const side = structure.stacks[stack]?.stack ?? null;
    if (part.kind === 'attention') this.#openHead(side ?? 'self', layer);
    else if (part.kind === 'cross-attention') this.#openHead('cross', layer);
    else if (part.kind === 'recurrent') context.open('gates', { stack: recurrentStackName(side), layer });
    else if (part.kind === 'head') context.open('outputs');
    else if (part.kind === 'feed-forward') {
      this.stack = stack;
      this.setLayer(layer);
      this.mode = 'neurons';
    }
  }

  #openHead(kind: NonNullable<ViewContext['display']['kind']>, layer: number): void {
    const { display, selection } = this.context;
    display.kind = kind;
    selection.head = { layer, head: selection.head.layer === layer ? selection.head.head : 0 };
    this.context.open('attention-head');
  }

  save(): Json {
    const { mode, stack, layer, neuron } = this;
    return { mode, stack, layer, neuron: neuron ?? -1 };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    const whole = { least: 0, whole: true };
    this.mode = savedChoice(state, 'mode', this.mode, MODES);
    this.stack = savedNumber(state, 'stack', this.stack, whole);
    this.layer = savedNumber(state, 'layer', this.layer, whole);
    const neuron = savedNumber(state, 'neuron', this.neuron ?? -1, { least: -1, whole: true });
    this.neuron = neuron < 0 ? null : neuron;
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const { structure, context, block } = this;
    if (structure === null) throw noStructure();
    if (this.mode === 'diagram' || block === null) {
      const added = await additionsOf(context.run);
      return mapDrawing(this.#pictureOf(structure, added, null), size);
    }
    const releases: (() => void)[] = [];
    try {
      const own = await neuronsOf(this.#neuronsWish(block), { own: (release) => releases.push(release) });
      const strong = strongest(await atToken(own, this.tokenOf(block)), LISTED);
      const last = (own.tensor.shape[1] ?? 1) - 1;
      const neuron = this.neuron === null ? (strong[0]?.neuron ?? 0) : Math.min(this.neuron, last);
      return neuronsDrawing(this.#neuronsPictureOf(own, strong, neuron, await overText(own, neuron)), size);
    } finally {
      for (const release of releases) release();
    }
  }

  async table(): Promise<Table> {
    const { structure, context, block, mode } = this;
    if (structure === null) throw noStructure();
    const added = await additionsOf(context.run);
    const table = mapTable(
      structure,
      this.blocks.map((stack, at) => ({ stack, layers: added[at] ?? [] })),
    );
    if (mode === 'diagram' || block === null) return table;
    const { name, shape, read } = block.mlp(this.#neuronsWish(block).layer);
    return { ...table, arrays: [...table.arrays, { name, shape, values: await read() }] };
  }

  close(): void {
    for (const computed of [this.values, this.strong, this.neurons, this.added]) computed.close();
  }
}

/** What the parts of every layer add, layer by layer. @throws the signal's reason */
async function additionsOf(
  run: Run,
  work?: { readonly signal: AbortSignal; show(value: Added): void; progress(share: number): void },
): Promise<Added> {
  const stacks = run.facet('blocks') ?? [];
  const total = stacks.reduce((sum, { layers }) => sum + layers, 0);
  let done: readonly (readonly Additions[])[] = stacks.map(() => []);
  let count = 0;
  for (const [at, stack] of stacks.entries())
    for (let layer = 0; layer < stack.layers; layer++) {
      work?.signal.throwIfAborted();
      const found = await stack.additions(layer, work?.signal);
      done = done.map((layers, index) => (index === at ? [...layers, found] : layers));
      work?.show(done);
      work?.progress(++count / total);
    }
  return done;
}

function noStructure(): HeadgateError {
  return new HeadgateError(
    'no-diagram',
    'This run is of no model with layers.',
    'Open a Transformer or a recurrent model.',
  );
}
