/** Rotary embeddings of models whose layers look at all of the text, or only at what is near, and turn differently. */
import { badField, type Config } from './config.ts';
import { parseRope, type ParsedRope } from './rope.ts';

export interface LayerKind {
  /** As in `layer_types`, and in `rope_parameters` since Transformers 5. */
  readonly type: 'full_attention' | 'sliding_attention';
  /** The field that had the base before Transformers 5. */
  readonly theta: string;
  /** The base when no field says it. */
  readonly otherwise: number;
  /** Whether the older field `rope_scaling` is about these layers too. */
  readonly isScaled: boolean;
}

/**
 * The rotation of a kind of layers: its own part of `rope_parameters`, or the fields that were before it.
 * @throws HeadgateError `bad-config` naming the field, or `unknown-rope-type`.
 */
export function parseLayerRope(
  config: Config,
  { type, theta: older, otherwise, isScaled }: LayerKind,
  sizes: { readonly positions: number; readonly headWidth: number },
): ParsedRope {
  const own = objectAt(objectAt(config, 'rope_parameters'), type, 'rope_parameters.');
  const { rope_theta: theta = config[older] ?? otherwise, ...rest } = own;
  const scaling = isScaled ? objectAt(config, 'rope_scaling') : {};
  return parseRope({ rope_parameters: { ...scaling, ...rest, rope_theta: theta } }, sizes);
}

function objectAt(config: Config, name: string, before = ''): Config {
  const value = config[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) throw badField(before + name, value, 'an object');
  return value as Config;
}
