/** What a recurrent decoder starts from: all that it knows of the source, where it does not attend to it. */

declare module '../facet.ts' {
  interface Facets {
    readonly bottleneck: Bottleneck;
  }
}

/** A state between two halves of a model; P units of a hidden state, H of a cell. */
export interface StateVector {
  /** Of the encoder's or the decoder's stack. */
  readonly layer: number;
  /** How the encoder's layer reads; the decoder's read forward. */
  readonly direction: 'forward' | 'reverse';
  /** [P] */
  readonly hidden: Float32Array;
  /** [H]; null: the layers have none. */
  readonly cell: Float32Array | null;
}

export interface Bottleneck {
  /** What is made of the encoder's last states: `zero` (nothing), `copy`, `concat`, `sum`, `first-layers` or `linear`. */
  readonly bridge: string;
  /** The decoder also looks at all states of the encoder. */
  readonly attends: boolean;
  /** @throws the signal's reason; an AbortError when the run was disposed of */
  read(signal?: AbortSignal): Promise<{
    /** What the encoder ends with. */
    readonly encoder: readonly StateVector[];
    /** What the decoder starts from. */
    readonly decoder: readonly StateVector[];
  }>;
}
