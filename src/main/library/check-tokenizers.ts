/** Opens a model's tokenizers as the window does, so that `headgate inspect` tells what would fail there. */
import { runInNewContext } from 'node:vm';
import type { ApiError, ModelDetail } from '../../common/contract.ts';
import { tokenizerFileOf, type TokenizerConfig } from '../../common/configs/fields.ts';
import type { FamilySpec } from '../../common/configs/spec.ts';
import { toApiError } from '../api/errors.ts';
import type { ReadFile } from '../../common/model-files.ts';
import { openingTooSlow } from '../../common/text/limits.ts';
import { readConfiguredTokenizer, readTokenizerFiles, sidesOf } from '../../common/text/open-files.ts';
import { TokenizerCore } from '../../common/text/tokenizer-core.ts';
import type { TokenizerFiles } from '../../common/text/tokenizer-files.ts';

/** Milliseconds that a tokenizer may take to open; the window gives it as much. */
const LIMIT = 45_000;

export interface TokenizerFacts {
  readonly files: readonly string[];
  /** Kinds of their vocabularies; null: they can't be opened. */
  readonly type: string | null;
  readonly vocabulary: number | null;
  /** All ids are below. */
  readonly size: number | null;
  /** Where their tokens differ from the Rust library's, a sentence each; left out: nowhere. */
  readonly notes?: readonly string[];
}

interface Opened {
  readonly type: string;
  readonly vocabulary: number;
  readonly size: number;
  readonly notes?: readonly string[];
}

/**
 * @param problems what keeps a tokenizer from being opened is added to it
 * @returns null: the model has none
 */
export async function checkTokenizers(
  model: ModelDetail,
  spec: FamilySpec | null,
  read: ReadFile,
  problems: ApiError[],
): Promise<TokenizerFacts | null> {
  const there = Object.keys(model.tokenizer);
  const opened: Opened[] = [];
  const attempt = async (open: () => Promise<Opened>) => {
    try {
      opened.push(await open());
    } catch (error) {
      const problem = toApiError(error);
      if (!problems.some(({ message }) => message === problem.message)) problems.push(problem);
    }
  };
  const configs = declared(model, spec);
  if (configs === null) {
    if (spec === null && there.length === 0) return null;
    for (const side of sidesOf(model))
      await attempt(async () => openFiles(await readTokenizerFiles(model, read, side)));
  } else for (const config of configs) await attempt(() => openConfigured(model, config, read));
  const files = configs?.flatMap((config) => tokenizerFileOf(config) ?? []) ?? there;
  const known = [...new Set(files)].filter((name) => there.includes(name));
  if (known.length === 0 && opened.length === 0) return null;
  const notes = opened.flatMap((facts) => facts.notes ?? []);
  const types = [...new Set(opened.map(({ type }) => type))];
  return {
    files: known,
    type: types.join(', ') || null,
    vocabulary: opened[0]?.vocabulary ?? null,
    size: opened[0]?.size ?? null,
    ...(notes.length > 0 && { notes }),
  };
}

/** What config.json says of tokenizers; null for a family that reads the usual files, or when it is unusable. */
function declared(model: ModelDetail, spec: FamilySpec | null): readonly TokenizerConfig[] | null {
  try {
    return spec?.tokenizers?.(model.config ?? {}) ?? null;
  } catch {
    // The check of the tensors has told it.
    return [];
  }
}

async function openConfigured(model: ModelDetail, config: TokenizerConfig, read: ReadFile): Promise<Opened> {
  const { files, list } = await readConfiguredTokenizer(model, config, read);
  return list === null ? openFiles(files) : { type: list.kind, vocabulary: list.size, size: list.size };
}

/** A hostile file may keep this thread busy for ever: Node ends what runs in a context of its own when its time is up. */
function openFiles(files: TokenizerFiles): Opened {
  const open = () => new TokenizerCore(files).facts;
  try {
    return runInNewContext('open()', { open }, { timeout: LIMIT }) as Opened;
  } catch (error) {
    const isLate = error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    throw isLate ? openingTooSlow(LIMIT) : error;
  }
}
