import { HeadgateError } from '../error.ts';
import { isObject } from '../json.ts';
import type { Config } from './config.ts';
import type { Labelled, Scoring } from './labels.ts';
import type { FamilySpec } from './spec.ts';

/** `model_type` of a captured run. */
export const CAPTURE_TYPE = 'headgate-capture';

/** A token of a captured run. */
interface Captured {
  readonly id: number;
  readonly text: string;
  readonly special: boolean;
}

/** What a captured run says of itself. */
export interface CaptureConfig {
  readonly tokens: readonly Captured[];
  /** Null: it read no source. */
  readonly sourceTokens: readonly Captured[] | null;
  readonly text: string;
  /** `model_type` of the model that it is of; null: nobody knows. */
  readonly modelType: string | null;
  /** Null: its outputs are no labels. */
  readonly labels: {
    readonly labels: Labelled;
    readonly names: readonly string[];
    readonly scoring: Scoring;
  } | null;
}

/** @throws HeadgateError `bad-config` */
export function parseCaptureConfig(config: Config): CaptureConfig {
  const { tokens, source_tokens: source, text, captured_config: captured, captured_labels: labels } = config;
  if (
    !isTokens(tokens) ||
    !(source === null || source === undefined || isTokens(source)) ||
    typeof text !== 'string'
  )
    throw new HeadgateError(
      'bad-config',
      'config.json calls itself a captured run, which is a file of its own.',
      'Open the capture itself.',
    );
  return {
    ...{ tokens, sourceTokens: source ?? null, text, modelType: modelTypeOf(captured) },
    labels: isLabels(labels) ? labels : null,
  };
}

function isTokens(value: unknown): value is Captured[] {
  const isToken = (one: unknown) =>
    isObject(one) &&
    typeof one['text'] === 'string' &&
    Number.isSafeInteger(one['id']) &&
    typeof one['special'] === 'boolean';
  return Array.isArray(value) && value.every(isToken);
}

function isLabels(value: unknown): value is NonNullable<CaptureConfig['labels']> {
  return isObject(value) && Array.isArray(value['names']) && typeof value['labels'] === 'string';
}

function modelTypeOf(json: unknown): string | null {
  try {
    const config: unknown = typeof json === 'string' ? JSON.parse(json) : null;
    return isObject(config) && typeof config['model_type'] === 'string' ? config['model_type'] : null;
  } catch {
    return null;
  }
}

/** A captured run: every tensor is one of its activations, and none is a parameter. */
export const captureSpec: FamilySpec = {
  name: 'Captured run',
  modelTypes: [CAPTURE_TYPE],
  tokenizers: () => [],
  check(config, tensors) {
    parseCaptureConfig(config);
    return {
      found: new Map(tensors.map((tensor) => [tensor.name, tensor])),
      ...{ missing: [], misshapen: [], unexpected: [], parameters: 0, copies: [], tied: [] },
    };
  },
};
