/** The config files beside config.json that opening reads. */
import type { ModelDetail } from '../contract.ts';
import type { ReadFile } from '../model-files.ts';
import { readGenerationConfig, readStart } from './generation-config.ts';
import { readPooling, type FoundPooling } from './pooling.ts';
import type { FamilySpec } from './spec.ts';

/**
 * Reads what opening a model of the family reads, for `headgate inspect`.
 * @returns what is to be said of them, in sentences
 * @throws HeadgateError `bad-config` naming the file and the field; as `read`
 */
export async function checkFilesBeside(
  model: ModelDetail,
  spec: FamilySpec,
  read: ReadFile,
): Promise<Pick<FoundPooling, 'remarks' | 'assumed'>> {
  const { generation, pools } = spec;
  if (generation?.start !== undefined)
    await readStart(model, generation.start.defaults, generation.start.outputs(model.config ?? {}), read);
  else if (generation !== undefined) await readGenerationConfig(model, {}, read);
  return pools === undefined ? { remarks: [] } : readPooling(model, pools(model.config ?? {}), read);
}
