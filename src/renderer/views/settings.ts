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
