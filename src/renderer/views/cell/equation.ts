/** A step of a cell as equations: bars of values with signs between them. */
import { gateColour, STATE_COLOURS } from '../../common/gate-colours.ts';
import { formatTerm } from '../../common/numbers.ts';
import { without } from '../../common/without.ts';
import type { Role } from '../../drawing/drawing.ts';
import { gateCount } from '../../kernels/recurrent/recurrent.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Moment } from './moment.ts';

/** Values of a layer at a step, one for each unit. */
export interface Bar {
  /** What it is called in tables; the same bar may stand in two equations. */
  readonly name: string;
  /** `fₜ` */
  readonly symbol: string;
  /** A word below it: `forget`. */
  readonly word: string;
  readonly values: Float32Array;
  readonly kind: 'gate' | 'signed';
  readonly colour: Role;
  /** Its values are of the layer's units; not so the input, and a state that a projection made. */
  readonly hasUnits: boolean;
  /** How it is made of the input and the state before; left out: by its equation. */
  readonly made?: {
    readonly by: 'σ' | 'hard σ' | 'tanh' | 'W' | 'U';
    readonly of: 'x' | 'h' | 'both';
    /** What is squashed, [H]. */
    readonly sums?: Float32Array;
  };
  /** The bar that it is at the next step, by name. */
  readonly becomes?: string;
}

/** `left` = `result`, such as f · c + i · g = c. */
export interface Equation {
  readonly left: readonly (Bar | string)[];
  readonly result: Bar;
  /** Its first bar is the result of the equation before, and not drawn again. */
  readonly continues?: true;
}

export interface CellPicture {
  /** The input and the state before, from which everything is made. */
  readonly inputs: readonly Bar[];
  readonly equations: readonly Equation[];
  /** H */
  readonly units: number;
  /** How gates are made, in one line. */
  readonly rule: string;
}

/** The bars of a moment. */
export function cellPicture(
  trace: Pick<RecurrentTrace, 'cell' | 'gateActivation'>,
  moment: Moment,
): CellPicture {
  const { cell } = trace;
  const { terms } = moment;
  // Layers of a stack may have different units.
  const units = terms.byInput.length / gateCount(cell);
  const base = { kind: 'signed', hasUnits: true } as const;
  const x: Bar = {
    ...base,
    ...{ name: 'x', symbol: 'xₜ', word: 'input', values: terms.x, colour: 'text-2', hasUnits: false },
  };
  const before: Bar = {
    ...base,
    ...{ name: 'hidden_before', symbol: 'hₜ₋₁', word: 'before', values: terms.hidden },
    ...{ colour: STATE_COLOURS.hidden, hasUnits: terms.hidden.length === units },
  };
  const make = { lstm, gru, 'gru-reset-before': gruResetBefore, 'rnn-tanh': rnn, 'rnn-relu': rnn }[cell];
  return { inputs: [x, before], units, ...make(new Bars(trace, units, moment), before) };
}

/** What the hard sigmoid of the gates multiplies; null: they have the smooth one. */
function hardSlope({ gateActivation }: Pick<RecurrentTrace, 'gateActivation'>): string | null {
  if (gateActivation === 'hard_sigmoid') return 'x / 6';
  return gateActivation === 'hard_sigmoid_0.2' ? '0.2 x' : null;
}

/** Makes the bars of a moment. */
class Bars {
  readonly #units: number;
  readonly #trace: Pick<RecurrentTrace, 'cell' | 'gateActivation'>;
  readonly #moment: Moment;

  constructor(trace: Pick<RecurrentTrace, 'cell' | 'gateActivation'>, units: number, moment: Moment) {
    this.#units = units;
    this.#trace = trace;
    this.#moment = moment;
  }

  get isRelu(): boolean {
    return this.#trace.cell === 'rnn-relu';
  }

  get squash(): 'σ' | 'hard σ' {
    return hardSlope(this.#trace) === null ? 'σ' : 'hard σ';
  }

  /** How gates are made, said behind the names of all of them. */
  get gateRule(): string {
    const slope = hardSlope(this.#trace);
    const where = slope === null ? '' : `,  hard σ(x) = ${slope} + ½ within 0 and 1`;
    return `${this.squash}(W x + U h + b)${where}`;
  }

  get terms() {
    return this.#moment.terms;
  }

  /** A lane of the run at this step. */
  row(title: string): Float32Array {
    return this.#moment.rows.get(title) ?? new Float32Array();
  }

  /** The block of a gate in W x (`byInput`) or U h (`byHidden`). */
  block(terms: 'byInput' | 'byHidden', gate: number): Float32Array {
    return this.terms[terms].subarray(gate * this.#units, (gate + 1) * this.#units);
  }

  sums(gate: number): Float32Array {
    const byHidden = this.block('byHidden', gate);
    return this.block('byInput', gate).map((value, unit) => value + (byHidden[unit] ?? 0));
  }

  /** A gate; its place is that of its block in the weights. */
  gate(title: string, symbol: string, place: number): Bar {
    const isCandidate = title === 'candidate' || title === 'new';
    return {
      ...{ name: title, symbol, word: title, values: this.row(title), hasUnits: true },
      kind: isCandidate ? 'signed' : 'gate',
      colour: gateColour(title === 'candidate' ? 'cell' : title),
      made: { by: isCandidate ? 'tanh' : this.squash, of: 'both', sums: this.sums(place) },
    };
  }

  /** A part of a sum. */
  term(terms: 'byInput' | 'byHidden', symbol: string, gate: number): Bar {
    const isInput = terms === 'byInput';
    return {
      ...{
        name: isInput ? 'by_input' : 'by_hidden',
        symbol,
        values: this.block(terms, gate),
        kind: 'signed',
      },
      ...{ word: isInput ? 'by input' : 'by state', hasUnits: true },
      colour: isInput ? 'text-2' : STATE_COLOURS.hidden,
      made: isInput ? { by: 'W', of: 'x' } : { by: 'U', of: 'h' },
    };
  }

  value(name: string, symbol: string, word: string, values: Float32Array, about: Partial<Bar> = {}): Bar {
    return { name, symbol, word, values, kind: 'signed', colour: 'text-2', hasUnits: true, ...about };
  }

  /** hₜ */
  get hidden(): Bar {
    const values = this.row('hidden');
    const hasUnits = values.length === this.#units;
    const about = { colour: STATE_COLOURS.hidden, becomes: 'hidden_before', hasUnits };
    return this.value('hidden', 'hₜ', 'state', values, about);
  }
}

type Made = Pick<CellPicture, 'equations' | 'rule'>;

function lstm(bars: Bars): Made {
  const [i, f, g, o] = [
    bars.gate('input', 'iₜ', 0),
    bars.gate('forget', 'fₜ', 1),
    bars.gate('candidate', 'gₜ', 2),
    bars.gate('output', 'oₜ', 3),
  ];
  const cell = bars.row('cell');
  const colour = STATE_COLOURS.cell;
  const c = bars.value('cell', 'cₜ', 'cell', cell, { colour, becomes: 'cell_before' });
  const before = bars.terms.cell ?? new Float32Array(cell.length);
  const last = bars.value('cell_before', 'cₜ₋₁', 'before', before, { colour });
  const shown = bars.value('tanh_cell', 'tanh cₜ', 'squashed', cell.map(Math.tanh), { colour });
  const { hidden } = bars;
  return {
    rule: `g = tanh(W x + U h + b),  f, i, o = ${bars.gateRule}`,
    equations: [
      { left: [f, '·', last, '+', i, '·', g], result: c },
      hidden.hasUnits
        ? { left: [o, '·', shown], result: hidden }
        : { left: ['P (', o, '·', shown, ')'], result: hidden },
    ],
  };
}

function rnn(bars: Bars): Made {
  const squash = bars.isRelu ? 'relu' : 'tanh';
  const left = [bars.term('byInput', 'W xₜ', 0), '+', bars.term('byHidden', 'U hₜ₋₁', 0)];
  return {
    rule: `h = ${squash}(W x + U h + b); b is in W x`,
    equations: [{ left: [`${squash} (`, ...left, ')'], result: bars.hidden }],
  };
}

/** h = n · (1 − z) + z · h, from a new value that is drawn before. */
function mixed(bars: Bars, made: Bar, before: Bar): Equation {
  const z = bars.gate('update', 'zₜ', 1);
  const rest = bars.value(
    'update_rest',
    '1 − zₜ',
    'the rest',
    z.values.map((value) => 1 - value),
    { kind: 'gate', colour: z.colour },
  );
  return { left: [made, '·', rest, '+', z, '·', before], result: bars.hidden, continues: true };
}

function gru(bars: Bars, before: Bar): Made {
  const n = without(bars.gate('new', 'nₜ', 2), 'made');
  const r = bars.gate('reset', 'rₜ', 0);
  const [w, u] = [bars.term('byInput', 'W xₜ', 2), bars.term('byHidden', 'U hₜ₋₁', 2)];
  return {
    rule: `n resets after U, whose bias is in U h;  r, z = ${bars.gateRule}`,
    equations: [{ left: ['tanh (', w, '+', r, '·', u, ')'], result: n }, mixed(bars, n, before)],
  };
}

function gruResetBefore(bars: Bars, before: Bar): Made {
  const n = without(bars.gate('new', 'nₜ', 2), 'made');
  const r = bars.gate('reset', 'rₜ', 0);
  const kept = bars.value(
    'hidden_reset',
    'r · h',
    'reset',
    before.values.map((value, unit) => value * (r.values[unit] ?? NaN)),
    { colour: STATE_COLOURS.hidden },
  );
  const u = without(bars.term('byHidden', 'U (r · h)', 2), 'made');
  const w = bars.term('byInput', 'W xₜ', 2);
  return {
    rule: `n resets before U, whose bias is in U (r · h);  r, z = ${bars.gateRule}`,
    equations: [
      { left: [r, '·', before], result: kept },
      { left: ['tanh (', w, '+', u, ')'], result: n },
      mixed(bars, n, before),
    ],
  };
}

/** Every bar once, by name. */
export function barsOf({ inputs, equations }: CellPicture): readonly Bar[] {
  const all = [...inputs, ...equations.flatMap(({ left, result }) => [...left, result])];
  const bars = all.filter((one) => typeof one !== 'string');
  return bars.filter(({ name }, at) => bars.findIndex((other) => other.name === name) === at);
}

/** `c = f·c + i·g = 0.93 · 6.76 + 1.00 · 1.00 = 7.31`, of a unit; an equation for each state. */
export function sumOf({ left, result }: Equation, unit: number): string {
  const symbols = left.map((one) => (typeof one === 'string' ? one : short(one.symbol)));
  const numbers = left.map((one) => (typeof one === 'string' ? one : formatTerm(one.values[unit] ?? NaN)));
  const end = result.hasUnits ? ` = ${formatTerm(result.values[unit] ?? NaN)}` : '';
  const formula = written(symbols).replaceAll(' · ', '·');
  return `${short(result.symbol)} = ${formula} = ${written(numbers)}${end}`;
}

/** A symbol without its time; a sum in brackets. */
function short(symbol: string): string {
  const bare = symbol.replaceAll(/ₜ(₋₁)?/g, '');
  return bare.includes(' − ') ? `(${bare})` : bare;
}
const written = (parts: readonly string[]) => parts.join(' ').replaceAll(/ ?\( /g, '(').replaceAll(' )', ')');
