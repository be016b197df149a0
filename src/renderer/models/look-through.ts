/** What a model's files hold twice or hold in vain, found before anything is loaded. */
import { differingCopies } from '../../common/configs/copies.ts';
import { requireTensors } from '../../common/configs/match.ts';
import { remarksOn, type Remarks } from '../../common/configs/remarks.ts';
import type { FamilySpec } from '../../common/configs/spec.ts';
import { readSourceRange } from './source-files.ts';
import type { ReportParts } from '../../common/load-report.ts';
import type { WeightSource } from './weights.ts';

/**
 * The source without the tensors that only repeat others, so that these are loaded once, and what is to be said of it.
 * @throws HeadgateError as `FamilySpec.check` and `requireTensors`; what the source throws; the signal's reason.
 */
export async function lookThrough(
  spec: FamilySpec,
  source: WeightSource,
  signal: AbortSignal,
): Promise<{
  readonly source: WeightSource;
  readonly remarks: Remarks;
  /** What of the tensors the report of the load is made of. */
  readonly found: Pick<ReportParts, 'check' | 'differing'>;
}> {
  const { model } = source;
  const check = spec.check(model.config ?? {}, model.tensors);
  requireTensors(model.name, check, model.format);
  const { copies } = check;
  const differing = await differingCopies(copies, (file, begin, end) =>
    readSourceRange(source, file, begin, end, signal),
  );
  const repeated = new Set(copies.filter((copy) => !differing.includes(copy)).map(({ second }) => second));
  const tensors = model.tensors.filter((tensor) => !repeated.has(tensor));
  return {
    source: { ...source, model: { ...model, tensors } },
    remarks: remarksOn(check, model, differing),
    found: { check, differing },
  };
}
