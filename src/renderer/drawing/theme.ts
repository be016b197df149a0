import { headHue } from '../common/colours.ts';
import {
  fromOklch,
  mixOklab,
  parseRgb,
  SCALE_STEPS,
  scaleColours,
  type Rgb,
  type ScaleName,
} from '../common/heatmap/scale.ts';
import type { Paint, Role, ScaleRole } from './drawing.ts';
import { DARK, LIGHT, PAPER } from './roles.ts';

export type ThemeName = 'dark' | 'light' | 'paper';

/** The colours that a drawing is written in. */
export interface FigureTheme {
  readonly name: ThemeName;
  readonly roles: Readonly<Record<Role, Rgb>>;
  /** 256 colours each. */
  readonly scales: Readonly<Record<ScaleRole, readonly Rgb[]>>;
  readonly head: { readonly lightness: number; readonly chroma: number };
  /** Cells that can hold no value, and cells that are not finite: as in the window. */
  readonly masked: Rgb;
  readonly invalid: Rgb;
}

/**
 * @param sequential the scale of weights that the user chose for the screen; paper has its own, which stays in order when
 *   it is printed in grey
 */
export function figureTheme(name: ThemeName, sequential: ScaleName = 'viridis'): FigureTheme {
  const roles = parsed[name];
  const onScreen = (ground: 'dark' | 'light') => ({
    sequential: scaleColours(sequential, ground),
    diverging: scaleColours('diverging', ground),
  });
  return {
    ...{ name, roles, masked: roles['surface-3'], invalid: roles.danger },
    scales: name === 'paper' ? paperScales : onScreen(name),
    head: name === 'dark' ? { lightness: 0.76, chroma: 0.115 } : { lightness: 0.52, chroma: 0.125 },
  };
}

/** A paint as a colour; what has no place on a scale is not a number. */
export function colourIn(theme: FigureTheme, paint: Paint): Rgb {
  if (typeof paint === 'string') return theme.roles[paint];
  if ('rgb' in paint) return paint.rgb;
  if ('head' in paint)
    return fromOklch(theme.head.lightness, theme.head.chroma, headHue(paint.head, paint.of));
  const scale = 'on' in paint ? paint.on : paint.scale;
  const place = Number.isNaN(paint.at) ? theme.invalid : alongScale(theme.scales[scale], paint.at);
  return 'on' in paint ? readableOn(place) : place;
}

/** Black or white, whichever stands out more (relative luminance of WCAG 2). */
function readableOn(ground: Rgb): Rgb {
  const linear = ground.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const [r = 0, g = 0, b = 0] = linear;
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return luminance > 0.179 ? [0, 0, 0] : [1, 1, 1];
}

/** The colour at a place 0 … 1 of a table. */
export function alongScale(table: readonly Rgb[], at: number): Rgb {
  const index = Math.min(Math.max(Math.floor(at * SCALE_STEPS), 0), SCALE_STEPS - 1);
  return table[index] ?? [0, 0, 0];
}

/** `#rrggbb`, which every program reads. */
export function hexColour(colour: Rgb): string {
  return `#${colour
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

const parseRoles = (roles: Readonly<Record<Role, string>>) =>
  Object.fromEntries(Object.entries(roles).map(([role, hex]) => [role, parseRgb(hex)])) as Record<Role, Rgb>;
const parsed = { dark: parseRoles(DARK), light: parseRoles(LIGHT), paper: parseRoles(PAPER) };

/** A table through colours whose lightness goes one way, equal steps apart. */
function table(stops: readonly Rgb[]): readonly Rgb[] {
  return Array.from({ length: SCALE_STEPS }, (_, i) => {
    const place = ((i + 0.5) / SCALE_STEPS) * (stops.length - 1);
    const from = Math.min(Math.floor(place), stops.length - 2);
    return mixOklab(stops[from] ?? [0, 0, 0], stops[from + 1] ?? [0, 0, 0], place - from);
  });
}

/**
 * For printing: the darker, the more. Signed values go from dark blue over grey to pale orange, so that a grey print
 * keeps their order and a coloured one their sign.
 */
const paperScales: Readonly<Record<ScaleRole, readonly Rgb[]>> = {
  sequential: table(
    [0.97, 0.83, 0.69, 0.55, 0.41, 0.27].map((lightness, i) =>
      fromOklch(lightness, [0.01, 0.06, 0.1, 0.12, 0.11, 0.08][i] ?? 0, 235 + i * 5),
    ),
  ),
  diverging: table([fromOklch(0.32, 0.12, 255), fromOklch(0.64, 0, 0), fromOklch(0.95, 0.075, 75)]),
};
