import type { Api } from '../api.ts';
import { findInvalid, invalidNotice } from '../runs/invalid.ts';
import type { ModelRun } from './model-run.ts';

/** Tells what is to be known of a run whose numbers are shown without their file: remarks, and where it is no number. */
export async function tellNotes(
  api: Api,
  { run, remarks, invalid }: Pick<ModelRun, 'run' | 'remarks' | 'invalid'>,
): Promise<void> {
  const found = await findInvalid(run);
  const warning = found === null ? null : invalidNotice(found, invalid);
  const notes = [...remarks, ...(warning === null ? [] : [`${warning.message} ${warning.hint}`])];
  if (notes.length > 0) await api.noteJob(notes);
}
