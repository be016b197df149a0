import { Computed } from '../../common/computed.svelte.ts';
import { glide } from '../../common/motion.ts';
import { noAttention } from '../../common/no-attention.ts';
import { formatValue } from '../../common/numbers.ts';
import { savedChoice, savedNumbers, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { cellOf, placeOfCell } from '../../runs/place.ts';
import type { AttentionMap } from '../../runs/run.ts';
import { between, onFlat, projector, turned, zoomed, type Orbit } from '../../scene/orbit.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { stackDrawing } from './drawing.ts';
import {
  MERGES,
  largestOf,
  mergeName,
  planeOf,
  stackPictures,
  stackTable,
  stackTitle,
  strongestHead,
  type Merge,
  type StackPictures,
  type StackWish,
} from './pictures.ts';
import { heightOf, SHOTS, shotOf, spaceOf, type Shot } from './space.ts';

/** Keys zoom by this. */
const ZOOM = 1.2;

/** A cell of a plane. */
export interface Spot {
  readonly layer: number;
  readonly query: number;
  readonly key: number;
}

/** The attention of all layers in space, and the camera that looks at it. */
export class StackView implements ViewInstance {
  /** Of the picture, CSS pixels; its elements tell. */
  size = $state.raw({ width: 0, height: 0 });
  merge = $state<Merge>('mean');
  shot = $state<Shot>('corner');
  /** Null: where the shot stands. */
  #camera = $state.raw<Orbit | null>(null);
  #flight: AbortController | null = null;
  readonly pictures: Computed<StackWish, StackPictures>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.pictures = new Computed(
      () => this.#wish(),
      (wish, { signal }) => stackPictures(wish, signal),
    );
  }

  readonly map: AttentionMap | null = $derived.by(() => this.context.display.of(this.context.run));
  readonly head = $derived.by(() => Math.min(this.context.selection.head.head, (this.map?.heads ?? 1) - 1));

  #wish(): StackWish | null {
    const { map } = this;
    const { run, display } = this.context;
    if (map === null || map.queries.length === 0) return null;
    return { run, map, firstKey: display.firstKey(map.keys.length) };
  }

  /** What is on screen; null: nothing yet. */
  readonly value: StackPictures | null = $derived.by(() => {
    const { value } = this.pictures;
    return value?.run === this.context.run ? value : null;
  });
  readonly domain = $derived.by(() => {
    const { value, context, merge, head } = this;
    return context.display.domain(value === null ? 1 : largestOf(value, merge, head));
  });

  get #aspect(): number {
    return this.size.width > 0 && this.size.height > 0 ? this.size.width / this.size.height : 1.4;
  }

  readonly home: Orbit = $derived.by(() => {
    const { value, shot } = this;
    const map = this.map;
    const space =
      value !== null ? spaceOf(value) : { half: [0.5, 0.5, 0.5] as const, layers: map?.layers ?? 1 };
    return shotOf(shot, space, this.#aspect);
  });
  readonly orbit: Orbit = $derived.by(() => this.#camera ?? this.home);

  get project() {
    return projector(this.orbit, this.#aspect);
  }

  /** What is looked at, in tokens of the pattern. */
  readonly looked = $derived.by(() =>
    this.map === null ? { row: null, column: null } : cellOf(this.map, this.context.selection.current),
  );
  readonly layer = $derived.by(() => this.context.selection.current?.layer ?? null);

  readonly spoken: string = $derived.by(() => {
    const { value, map, merge, head, looked, layer } = this;
    if (map === null) return 'This run has no attention';
    const { row, column } = looked;
    if (value === null) return 'Reading the attention of all layers';
    if (row === null || column === null || layer === null || layer >= map.layers)
      return `${stackTitle(map, merge, head)}, ${map.queries.length} × ${map.keys.length} tokens`;
    const plane = planeOf(value, layer, merge, head);
    const weight = plane[this.#cellAt(value, row, column)] ?? NaN;
    const isPooled = value.rows < map.queries.length || value.columns < map.keys.length - value.firstKey;
    const words = `${tokenName(map.queries, row)} looks at ${tokenName(map.keys, column)}`;
    return `${mergeName(merge, layer, head, map.heads)}: ${words}: ${isPooled ? 'at most ' : ''}${formatValue(weight)}`;
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => [
    { id: 'zoom-in', title: 'Zoom in', shortcut: '+', run: () => this.zoom(ZOOM) },
    { id: 'zoom-out', title: 'Zoom out', shortcut: '-', run: () => this.zoom(1 / ZOOM) },
    {
      ...{ id: 'zoom-all', title: 'Show everything', shortcut: '0', words: 'reset camera home' },
      run: () => this.fly(this.shot),
    },
    ...SHOTS.map((shot) => ({
      ...{ id: `shot-${shot}`, title: SHOT_NAMES[shot], words: 'camera' },
      run: () => this.fly(shot),
    })),
    {
      ...{ id: 'open-head', title: 'Open the head that is looked at' },
      when: () => this.layer !== null,
      run: () => this.openHead(),
    },
  ]);

  /** Index of a cell that two tokens fall in. */
  #cellAt({ rows, columns, map, firstKey }: StackPictures, query: number, key: number): number {
    const row = Math.min(rows - 1, Math.floor((query * rows) / map.queries.length));
    const column = Math.floor(((key - firstKey) * columns) / (map.keys.length - firstKey));
    return row * columns + Math.min(columns - 1, Math.max(0, column));
  }

  /** The cell in front at a place of the picture; null: there is none. @param x and y parts of it, 0 … 1 */
  pick(x: number, y: number): Spot | null {
    const { value } = this;
    if (value === null) return null;
    const space = spaceOf(value);
    const [halfX, , halfZ] = space.half;
    const hits = Array.from({ length: space.layers }, (_, layer) => {
      const at = onFlat(this.orbit, this.#aspect, { x, y }, heightOf(space, layer));
      return at !== null && Math.abs(at.x) <= halfX && Math.abs(at.z) <= halfZ ? { layer, ...at } : null;
    }).filter((hit) => hit !== null);
    const hit = hits.sort((a, b) => a.depth - b.depth)[0];
    if (hit === undefined) return null;
    const { map, firstKey } = value;
    const index = (place: number, half: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor(((place / half + 1) / 2) * count)));
    return {
      layer: hit.layer,
      query: index(hit.z, halfZ, map.queries.length),
      key: firstKey + index(hit.x, halfX, map.keys.length - firstKey),
    };
  }

  placeOf({ layer, query, key }: Spot) {
    const { value } = this;
    if (value === null) return null;
    return placeOfCell(value.map, layer, this.#headAt({ layer, query, key }), query, key);
  }

  #headAt({ layer, query, key }: Spot): number {
    const { value, merge, head } = this;
    if (value === null || merge === 'one') return head;
    return strongestHead(value, layer, this.#cellAt(value, query, key));
  }

  /** Opens the head of a plane: of several the one that looks there most. */
  openHead(spot: Spot | null = this.#lookedSpot()): void {
    const { context, map } = this;
    if (spot === null || map === null) return;
    const head = this.#headAt(spot);
    context.selection.head = { layer: spot.layer, head };
    const place = this.placeOf(spot);
    if (place !== null) context.selection.lock(place);
    context.open('attention-head', { held: false });
  }

  #lookedSpot(): Spot | null {
    const { layer, map } = this;
    const { row, column } = this.looked;
    if (layer === null || map === null || layer >= map.layers) return null;
    return { layer, query: row ?? map.queries.length - 1, key: column ?? 0 };
  }

  turn(yaw: number, pitch: number): void {
    this.#flight?.abort();
    this.#camera = turned(this.orbit, yaw, pitch);
  }

  zoom(factor: number): void {
    this.#flight?.abort();
    this.#camera = zoomed(this.orbit, factor);
  }

  /** Moves to a shot, at once where motion is unwelcome. */
  async fly(shot: Shot): Promise<void> {
    const from = this.orbit;
    this.shot = shot;
    await this.#glide(from, this.home);
    this.#camera = null;
  }

  async #glide(from: Orbit, to: Orbit, signal?: AbortSignal): Promise<void> {
    this.#flight?.abort();
    const flight = new AbortController();
    this.#flight = flight;
    await glide(
      (share) => {
        this.#camera = between(from, to, share);
      },
      signal === undefined ? flight.signal : AbortSignal.any([signal, flight.signal]),
    );
  }

  save(): Json {
    const camera = this.#camera;
    return {
      ...{ merge: this.merge, shot: this.shot },
      camera: camera === null ? [] : [camera.yaw, camera.pitch, camera.distance],
    };
  }

  async show(
    state: Json,
    { animate = false, signal }: Parameters<ViewInstance['show']>[1] = {},
  ): Promise<void> {
    const from = this.orbit;
    this.#take(state);
    const camera = this.#camera;
    if (!animate) return;
    await this.#glide(from, camera ?? this.home, signal);
    this.#camera = camera;
  }

  #take(state: Json | null): void {
    this.merge = savedChoice(state, 'merge', this.merge, MERGES);
    const shot = savedChoice(state, 'shot', this.shot, SHOTS);
    if (shot !== this.shot) this.#camera = null;
    this.shot = shot;
    const [yaw, pitch, distance] = savedNumbers(state, 'camera', 3) ?? [];
    if (yaw !== undefined && pitch !== undefined && distance !== undefined && distance > 0)
      this.#camera = { yaw, pitch: Math.max(-1.55, Math.min(1.55, pitch)), distance };
    else if (savedNumbers(state, 'camera', 0) !== null) this.#camera = null;
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const wish = this.#wish();
    if (wish === null) throw noAttention();
    const pictures = await stackPictures(wish);
    const { merge, head, shot, looked } = this;
    const { text, width, height } = size;
    const aspect = width / (height - text * 5.6);
    const camera = this.#camera ?? shotOf(shot, spaceOf(pictures), aspect);
    const title = `${wish.run.model.name} · ${stackTitle(wish.map, merge, head)}`;
    const domain = this.context.display.domain(largestOf(pictures, merge, head));
    const look = { merge, head, domain, camera, title };
    return stackDrawing(pictures, { ...look, query: looked.row, key: looked.column }, size);
  }

  async table(): Promise<Table> {
    const wish = this.#wish();
    if (wish === null) throw noAttention();
    return stackTable(wish, this.merge, this.head);
  }

  close(): void {
    this.#flight?.abort();
    this.pictures.close();
  }
}

export const SHOT_NAMES: Readonly<Record<Shot, string>> = {
  corner: 'From the corner',
  above: 'From above',
  side: 'From the side',
};
