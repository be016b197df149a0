import { HeadgateError, quote } from '../../common/error.ts';
import type { Json } from '../common/saved.ts';

/** A setting of a view that has a name: `headgate views --json` lists it, `headgate figure --NAME VALUE` gives it. */
export type ViewSetting = {
  /** The key in the view's state; on a command line `sameLength` is `--same-length`. */
  readonly name: string;
  /** One line: what it does. */
  readonly title: string;
} & (
  | { readonly kind: 'switch'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default: string }
  /** `least` to `most`, both included; whole numbers where `whole` is true. */
  | {
      readonly kind: 'number';
      readonly least: number;
      readonly most: number;
      readonly whole: boolean;
      readonly default: number;
    }
);

/** The name of a setting on a command line, without dashes before it: `same-length`. */
export function optionName({ name }: Pick<ViewSetting, 'name'>): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * The state of a view in which settings have these values, given as words.
 * @throws HeadgateError `bad-setting` that names the setting and what it takes
 */
export function stateOf(
  view: string,
  settings: readonly ViewSetting[],
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(given).map(([option, word]) => {
      const setting = settings.find((known) => optionName(known) === option);
      if (setting === undefined) throw unknownSetting(view, settings, option);
      return [setting.name, valueOf(setting, word)];
    }),
  );
}

/**
 * Some values fit a view only beside others, such as a layer of one kind of attention: none is left out in silence.
 * @param taken what the view made of the state
 * @throws HeadgateError `bad-setting`
 */
export function assertTaken(view: string, state: Json, taken: Json): void {
  const own = taken as Readonly<Record<string, Json>>;
  for (const [name, value] of Object.entries(state as Readonly<Record<string, Json>>))
    if (own[name] !== value)
      throw new HeadgateError(
        'bad-setting',
        `The view ${view} can't take --${optionName({ name })} ${String(value)} together with what else is chosen; it would show ${JSON.stringify(own[name])}.`,
        'Choose another value, or the kind of attention or the stack that has it.',
      );
}

function valueOf(setting: ViewSetting, word: string): Json {
  if (setting.kind === 'switch') {
    if (['true', 'on', 'yes'].includes(word)) return true;
    if (['false', 'off', 'no'].includes(word)) return false;
    throw badSetting(setting, word, 'on or off');
  }
  if (setting.kind === 'choice') {
    if (setting.choices.includes(word)) return word;
    throw badSetting(setting, word, setting.choices.join(', '));
  }
  const { least, most, whole } = setting;
  const value = word.trim() === '' ? NaN : Number(word);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw badSetting(setting, word, `${whole ? 'a whole number' : 'a number'} from ${least} to ${most}`);
}

function badSetting(setting: ViewSetting, word: string, takes: string): HeadgateError {
  // The shell takes an option without a value as a switch that is on.
  const is = word === 'true' ? 'needs a value' : `is ${quote(word)}`;
  return new HeadgateError(
    'bad-setting',
    `--${optionName(setting)} ${is}; for this model and text it takes ${takes}.`,
    'See headgate views MODEL.',
  );
}

function unknownSetting(view: string, settings: readonly ViewSetting[], option: string): HeadgateError {
  const names = settings.map((setting) => `--${optionName(setting)}`).join(', ');
  return new HeadgateError(
    'unknown-setting',
    `The view ${view} has no setting --${option}.`,
    names === '' ? 'It has none that can be named.' : `It has ${names}.`,
  );
}
