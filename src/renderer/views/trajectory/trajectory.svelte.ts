import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatValue } from '../../common/numbers.ts';
import { glide } from '../../common/motion.ts';
import {
  savedNone,
  savedChoice,
  savedNumber,
  savedNumbers,
  savedPart,
  savedSwitch,
  type Json,
} from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import { between, fitted, nearest, projector, turned, zoomed, type Orbit } from '../../scene/orbit.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { basisOfText, textOfBasis } from './basis.ts';
import { fitOf, textKey, type Fit, type FitWish, type SavedAxes } from './fit.ts';
import { trajectoryDrawing } from './drawing.ts';
import { indexOf, isShown, markOf, type Join, type Mark } from './geometry.ts';
import { explainedOf, pointAt } from './labels.ts';
import { isTimed, noStates, stateName, statesOf } from './states.ts';
import { trajectoryTable } from './table.ts';

const JOINS: readonly Join[] = ['layers', 'tokens'];
/** Farthest from a point, in CSS pixels, that still means it. */
const REACH = 26;
/** Keys zoom by this. */
const ZOOM = 1.2;

/** The states of a run as points in three dimensions, and the camera that looks at them. */
export class TrajectoryView implements ViewInstance {
  /** Of the picture, CSS pixels; its elements tell. */
  size = $state.raw({ width: 0, height: 0 });
  /** The user's own choices; null: what suits the run. States over time are joined along it, at their own lengths. */
  #join = $state<Join | null>(null);
  #sameLength = $state<boolean | null>(null);
  /** The last state along layers, or the state along tokens; null: the last of the run. */
  #state = $state<number | null>(null);
  /** Null: it follows new data, so that all of it is seen. */
  #camera = $state.raw<Orbit | null>(null);
  #anew = $state(0);
  #savedAxes = $state.raw<SavedAxes | null>(null);
  #flight: AbortController | null = null;
  readonly fits: Computed<FitWish, Fit>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.fits = new Computed(() => this.#wish(), fitOf);
    this.#take(saved);
  }

  readonly count = $derived.by(() => statesOf(this.context.run).length);
  readonly isTimed = $derived.by(() => isTimed(this.context.run));
  readonly join: Join = $derived.by(() => this.#join ?? (this.isTimed ? 'tokens' : 'layers'));
  readonly sameLength = $derived.by(() => this.#sameLength ?? !this.isTimed);
  readonly until = $derived.by(() => Math.min(this.#state ?? this.count - 1, this.count - 1));
  /** What is on screen, which may be of the run before; null: nothing yet. */
  readonly fit: Fit | null = $derived.by(() => this.fits.value);

  readonly home: Orbit = $derived.by(() => fitted(this.fit?.box.half ?? [0.5, 0.5, 0.5], this.#aspect));
  readonly orbit: Orbit = $derived.by(() => this.#camera ?? this.home);

  get #aspect(): number {
    return this.size.width > 0 && this.size.height > 0 ? this.size.width / this.size.height : 1;
  }

  get project() {
    return projector(this.orbit, this.#aspect);
  }

  #wish(): FitWish | null {
    const { run, display } = this.context;
    if (this.count === 0) return null;
    const { join, sameLength } = this;
    return {
      ...{ run, join, sameLength, firstToken: display.firstKey(run.tokens.length) },
      ...{ state: join === 'layers' ? 0 : this.until, anew: this.#anew, saved: this.#savedAxes },
    };
  }

  readonly hovered: Mark | null = $derived.by(() => this.#markOf(this.context.selection.hovered));
  readonly locked: Mark | null = $derived.by(() => this.#markOf(this.context.selection.locked));
  /** The point that is looked at. */
  readonly told: Mark | null = $derived.by(() => this.hovered ?? this.locked);

  /** A place as a point of this picture: a token without a layer stands for where its path ends. */
  #markOf(place: Place | null): Mark | null {
    const { fit, until } = this;
    const token = tokenOn(place, 'target');
    if (place === null || token === null || fit === null) return null;
    const hasState = fit.join === 'layers' && place.layer !== undefined && place.head === undefined;
    const ownState = fit.join === 'tokens' ? fit.state : until;
    const mark = { state: hasState ? (place.layer ?? 0) + 1 : ownState, token };
    return this.#isShown(fit, mark) ? mark : null;
  }

  #isShown({ coordinates, join }: Fit, mark: Mark): boolean {
    return indexOf(coordinates, mark) !== null && isShown({ join, until: this.until }, mark);
  }

  /** Its place along the axes, in the units of the states. */
  readonly numbers: readonly number[] = $derived.by(() => {
    const { fit, told } = this;
    const index = told === null || fit === null ? null : indexOf(fit.coordinates, told);
    return index === null || fit === null
      ? []
      : [...fit.coordinates.places.subarray(index * 3, index * 3 + 3)];
  });

  /** How much of the variance the axes show; null: there is nothing to show, or that is not known. */
  readonly explained: string | null = $derived.by(() => (this.fit === null ? null : explainedOf(this.fit)));

  readonly spoken = $derived.by(() => {
    const { run } = this.context;
    const { told, count } = this;
    if (count === 0) return 'This run has no hidden states';
    if (told !== null)
      return `${tokenName(run.tokens, told.token)}, ${stateName(run, told.state)}: ${this.numbers.map(formatValue).join(', ')}`;
    const shown = `${counted(run.tokens.length, 'token')}, ${stateName(run, this.until)}`;
    return this.explained === null ? shown : `${shown}; ${this.explained}`;
  });

  /** A state after layer l is linked as that layer; the embeddings belong to none. */
  placeOf({ state, token }: Mark): Place {
    const ref = { side: 'target', index: token } as const;
    return state === 0 ? { token: ref } : { token: ref, layer: state - 1 };
  }

  /** The point at a place of the picture, parts 0 … 1 of it. */
  pick(x: number, y: number): Mark | null {
    const { fit, project, size } = this;
    if (fit === null) return null;
    const projected = Array.from({ length: fit.places.length / 3 }, (_, index) =>
      this.#isShown(fit, markOf(fit.coordinates, index)) ? project(pointAt(fit, index)) : null,
    );
    const index = nearest(projected, size, { x: x * size.width, y: y * size.height }, REACH);
    return index === null ? null : markOf(fit.coordinates, index);
  }

  /** The point some tokens and states on from the one that is looked at; null: there is none. */
  neighbour(tokens: number, states: number): Mark | null {
    const { fit, until } = this;
    if (fit === null) return null;
    const from = this.told ?? { state: until, token: fit.coordinates.firstToken - tokens };
    const to = { state: from.state + states, token: from.token + tokens };
    return this.#isShown(fit, to) ? to : null;
  }

  chooseJoin(join: Join): void {
    this.#join = join;
  }

  chooseState(state: number): void {
    this.#state = state;
  }

  toggleLength(): void {
    this.#sameLength = !this.sameLength;
  }

  look(orbit: Orbit): void {
    this.#flight?.abort();
    this.#camera = orbit;
  }

  turn(yaw: number, pitch: number): void {
    this.look(turned(this.orbit, yaw, pitch));
  }

  zoom(factor: number): void {
    this.look(zoomed(this.orbit, factor));
  }

  /** Moves the camera. @param to null: where all is seen */
  async fly(to: Orbit | null, signal?: AbortSignal): Promise<void> {
    this.#flight?.abort();
    const flight = new AbortController();
    this.#flight = flight;
    const from = this.orbit;
    const ended = signal === undefined ? flight.signal : AbortSignal.any([signal, flight.signal]);
    await glide((share) => {
      this.#camera = share === 1 ? to : between(from, to ?? this.home, share);
    }, ended);
  }

  readonly commands: readonly ViewCommand[] = [
    { id: 'zoom-in', title: 'Zoom in', shortcut: '+', run: () => this.zoom(ZOOM) },
    { id: 'zoom-out', title: 'Zoom out', shortcut: '-', run: () => this.zoom(1 / ZOOM) },
    {
      ...{ id: 'zoom-all', title: 'Show everything', shortcut: '0', words: 'reset camera home' },
      run: () => this.fly(null),
    },
    {
      ...{ id: 'same-length', title: 'States at the same length, or as they are', shortcut: 'N' },
      words: 'normalise norm scale',
      run: () => this.toggleLength(),
    },
    {
      id: 'axes-anew',
      title: 'Find the axes of the trajectory anew',
      words: 'principal components pca refit basis',
      run: () => {
        this.#anew += 1;
        this.#savedAxes = null;
      },
    },
  ];

  save(): Json {
    const camera = this.#camera;
    return {
      join: this.#join,
      sameLength: this.#sameLength,
      state: this.#state,
      camera: camera === null ? null : [camera.yaw, camera.pitch, camera.distance],
      kept: this.#kept,
    };
  }

  /** The axes that points stand along, as text, null: the main directions of its own states; and which text they are of. */
  get #kept(): { readonly axes: string | null; readonly of: string | null } {
    const isFitted = this.fit !== null && this.fit.saved === this.#savedAxes && !this.fit.isEarly;
    const fitted = this.fit?.coordinates.isOwn === true ? null : this.fit?.coordinates.basis;
    const basis = isFitted ? fitted : this.#savedAxes?.basis;
    const of = isFitted && this.fit !== null ? textKey(this.fit.run) : (this.#savedAxes?.of ?? null);
    return { axes: basis === null || basis === undefined ? null : textOfBasis(basis), of };
  }

  async show(state: Json, how: Parameters<ViewInstance['show']>[1] = {}): Promise<void> {
    const before = this.orbit;
    const wasHome = this.#camera === null;
    this.#take(state);
    const to = this.#camera;
    if (how.animate !== true || (wasHome && to === null)) return;
    this.#camera = before;
    await this.fly(to, how.signal);
    // Given up on the way, it is there all the same, unless somebody else moves it.
    if (how.signal?.aborted === true) this.#camera = to;
  }

  #take(state: Json | null): void {
    const chosen = <Value>(name: string, value: Value) => (savedNone(state, name) ? null : value);
    this.#join = chosen('join', savedChoice(state, 'join', this.#join, JOINS));
    this.#sameLength = chosen('sameLength', savedSwitch(state, 'sameLength', this.#sameLength));
    this.#state = chosen('state', savedNumber(state, 'state', this.#state, { least: 0, whole: true }));
    const [yaw, pitch, distance] = savedNumbers(state, 'camera', 3) ?? [];
    const saved =
      yaw === undefined || pitch === undefined || distance === undefined || !(distance > 0)
        ? this.#camera
        : zoomed(turned({ yaw, pitch, distance }, 0, 0), 1);
    this.#flight?.abort();
    this.#camera = chosen('camera', saved);
    this.#takeAxes(savedPart(state, 'kept'));
  }

  #takeAxes(kept: Json): void {
    const isOwn = savedNone(kept, 'axes');
    const text = savedChoice(kept, 'axes', null);
    const of = savedChoice(kept, 'of', null);
    const now = this.#kept;
    if ((!isOwn && text === null) || (text === now.axes && of === now.of)) return;
    this.#savedAxes = { basis: text === null ? null : basisOfText(text), of };
  }

  async #settled(): Promise<Fit> {
    const fit = await this.fits.settled();
    if (fit === null) throw noStates();
    return fit;
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const fit = await this.#settled();
    const { until, hovered, locked } = this;
    return trajectoryDrawing(fit, { until, hovered, locked, camera: this.#camera }, size);
  }

  async table(): Promise<Table> {
    return trajectoryTable(await this.#settled());
  }

  close(): void {
    this.#flight?.abort();
    this.fits.close();
  }
}
