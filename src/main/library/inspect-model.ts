import type { ApiError, ModelDetail, TensorInfo } from '../../common/contract.ts';
import { storedType } from '../../common/stored-type.ts';
import { toApiError } from '../api/errors.ts';
import { checkFilesBeside } from '../../common/configs/files-beside.ts';
import type { FoundPooling } from '../../common/configs/pooling.ts';
import { fileOnDisk, loadReport, withTokenizer, type LoadReport } from '../../common/load-report.ts';
import { withRecognisedConfig } from '../../common/configs/recognised.ts';
import { differingCopies, type ReadBytes } from '../../common/configs/copies.ts';
import { numbersIn, requireTensors } from '../../common/configs/match.ts';
import { findSpec, unknownModelType } from '../../common/configs/registry.ts';
import { remarksOn } from '../../common/configs/remarks.ts';
import type { Labelled, Scoring } from '../../common/configs/labels.ts';
import type { Copy, FamilySpec, TensorCheck } from '../../common/configs/spec.ts';
import type { Library } from './library.ts';
import type { ReadFile } from '../../common/model-files.ts';
import { checkTokenizers, type TokenizerFacts } from './check-tokenizers.ts';

/** Layer 10 stands after layer 9. */
const NATURAL = new Intl.Collator('en', { numeric: true });

/** What a model's files are, and what a family makes of them. */
export interface Inspection {
  readonly name: string;
  readonly format: string;
  readonly modelType: string | null;
  /** What the tensors tell of a model whose config says nothing; null: the config says it, or nobody knows. */
  readonly recognised: {
    readonly what: string;
    readonly assumed: readonly string[];
    readonly config: Readonly<Record<string, unknown>>;
  } | null;
  /** The family that runs it; null when none does. */
  readonly family: string | null;
  /** Numbers in the weights; a tied head counts once. */
  readonly parameters: number;
  /** Bytes of all tensors. */
  readonly bytes: number;
  readonly dtypes: readonly string[];
  /** The files that hold the tensors. */
  readonly files: readonly string[];
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly file: string;
  }[];
  readonly missing: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly misshapen: readonly {
    readonly name: string;
    readonly expected: readonly number[];
    readonly actual: readonly number[];
  }[];
  readonly unexpected: readonly string[];
  readonly tokenizer: TokenizerFacts | null;
  /** What was mapped, chosen or left aside in reading the files; a sentence each. */
  readonly notes: readonly string[];
  /** What the model's head gives, in the order of its outputs; left out: it gives no labels. */
  readonly labels?: { readonly of: Labelled; readonly names: readonly string[]; readonly scoring: Scoring };
  /** What changes the outputs, though the model runs; a sentence each. */
  readonly remarks: readonly string[];
  /** What was read and what became of it; null: no family takes the model. */
  readonly report: LoadReport | null;
  /** What keeps the model from being run. */
  readonly problems: readonly ApiError[];
}

/** @throws HeadgateError when the tokenizer's file can't be read at all. */
export async function inspectModel(library: Library, given: ModelDetail): Promise<Inspection> {
  const { model, recognised } = withRecognisedConfig(given);
  const problems: ApiError[] = [];
  const spec = findSpec(model.modelType);
  const check = checkOf(model, spec, problems);
  const read: ReadFile = async ({ id, size }) => (await library.file(model.id, id)).read(0, size);
  const differing = check === null ? [] : await differingCopies(check.copies, bytesOf(library, model.id));
  const remarks = check === null ? [] : [...remarksOn(check, model, differing).sentences];
  let beside: Pick<FoundPooling, 'remarks' | 'assumed'> = { remarks: [] };
  if (check !== null && spec !== null)
    await checkFilesBeside(model, spec, read).then(
      (found) => (beside = found),
      (error: unknown) => problems.push(toApiError(error)),
    );
  remarks.push(...beside.remarks);
  const parts = {
    differing,
    recognised,
    beside,
    isSoftware: null,
    remarks: { head: null, sentences: remarks },
  };
  // Of a model that is refused for what it is, it does not matter what its tokenizer lacks.
  const asked = model.refusal === undefined ? problems : [];
  const tokenizer = await checkTokenizers(model, spec, read, asked);
  const fileNames = new Map(model.files.map(({ id, name }) => [id, name]));
  const names = new Set(fileNames.values());
  const ordered = model.tensors.toSorted((a, b) => NATURAL.compare(a.name, b.name));
  const tensors = ordered.map((tensor) => ({
    name: tensor.name,
    dtype: storedType(tensor),
    shape: tensor.shape,
    file: fileOnDisk(fileNames.get(tensor.file) ?? tensor.file, names),
  }));
  return {
    name: model.name,
    format: model.format,
    modelType: model.modelType,
    recognised,
    family: spec?.name ?? null,
    parameters: countParameters(model, check, differing),
    bytes: model.bytes,
    dtypes: [...new Set(tensors.map(({ dtype }) => dtype))],
    files: [...new Set(tensors.map(({ file }) => file))].sort(NATURAL.compare),
    tensors,
    missing: check?.missing.map(({ name, shape }) => ({ name, shape })) ?? [],
    misshapen:
      check?.misshapen.map(({ expected, actual }) => ({
        name: actual.name,
        expected: expected.shape,
        actual: actual.shape,
      })) ?? [],
    unexpected: check?.unexpected.map(({ name }) => name) ?? [],
    tokenizer,
    notes: model.notes,
    ...labelsOf(model, check === null ? null : spec),
    remarks,
    report:
      check === null
        ? null
        : withTokenizer(loadReport(model, { ...parts, check }), model.config, {
            size: tokenizer?.size ?? 0,
            notes: tokenizer?.notes ?? [],
          }),
    problems,
  };
}

function labelsOf({ config, tensors }: ModelDetail, spec: FamilySpec | null): Pick<Inspection, 'labels'> {
  const head = spec?.labels?.(config ?? {}, tensors) ?? null;
  if (head === null) return {};
  const { labels: of, names, scoring } = head;
  return { labels: { of, names, scoring } };
}

function bytesOf(library: Library, model: string): ReadBytes {
  return async (file, begin, end) => (await library.file(model, file)).read(begin, end);
}

/** What the family says of the tensors; null when there is none, or when the config is unusable. */
function checkOf(model: ModelDetail, spec: FamilySpec | null, problems: ApiError[]): TensorCheck | null {
  try {
    if (model.refusal !== undefined) {
      problems.push(model.refusal);
      return null;
    }
    if (spec === null) throw unknownModelType(model);
    const check = spec.check(model.config ?? {}, model.tensors);
    note(problems, () => requireTensors(model.name, check, model.format));
    return check;
  } catch (error) {
    problems.push(toApiError(error));
    return null;
  }
}

function note(problems: ApiError[], action: () => void): void {
  try {
    action();
  } catch (error) {
    problems.push(toApiError(error));
  }
}

/** Numbers in the weights that are used. @param differing copies that are not what they repeat */
function countParameters(model: ModelDetail, check: TensorCheck | null, differing: readonly Copy[]): number {
  const sum = (tensors: readonly TensorInfo[]) =>
    tensors.reduce((total, tensor) => total + numbersIn(tensor), 0);
  if (check === null) return sum(model.tensors);
  const repeated = check.copies.filter((copy) => copy.isUsed && !differing.includes(copy));
  return check.parameters - sum(repeated.map(({ second }) => second));
}
