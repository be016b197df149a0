/** What was done to a file's names and matrices, in sentences. */
import type { Config } from '../configs/config.ts';
import type { Reading } from '../contract.ts';
import { pairedRows } from './names.ts';
import { prunedHeads } from './pruned.ts';

/** Prefixes whose wrappers have a way to save without them. */
const WITHOUT: Readonly<Record<string, string>> = {
  'module.': 'model.module.state_dict() has the names without it',
  '_orig_mod.': 'model._orig_mod.state_dict() has the names without it',
};

/** A sentence for each thing that was done. @param config the one that the file came with */
export function readingNotes(reading: Reading | null, config: Config | null): string[] {
  if (reading === null) return [];
  const { prefix, renamed, transposed, padded, zeros, part, beside } = reading;
  const notes: string[] = [];
  if (prefix !== null) {
    const way = WITHOUT[prefix];
    notes.push(
      `Names begin with “${cut(prefix)}”, which was cut${way === undefined ? '' : `: ${way} when they are saved`}.`,
    );
  }
  const [first] = renamed;
  if (first !== undefined)
    notes.push(
      `${renamed.length === 1 ? 'A tensor' : `${renamed.length} tensors`} had another name before: “${cut(first.from)}” is read as “${cut(first.to)}”${renamed.length > 1 ? ', and so on' : ''}.`,
    );
  if (renamed.some(({ from }) => pairedRows(from) !== null))
    notes.push(
      'Rows of q and k are put into the order that Hugging Face has, since Meta orders them by pairs.',
    );
  if (transposed.length > 0)
    notes.push(
      `${transposed.length === 1 ? 'A matrix is' : `${transposed.length} matrices are`} stored transposed and read the other way round: nn.Linear and nanoGPT store [out, in], GPT-2's Conv1D [in, out] (${some(transposed)}).`,
    );
  if (padded.length > 0) {
    const gone = [...prunedHeads(config ?? {})].map(
      ([layer, heads]) => `${heads.join(', ')} of layer ${layer}`,
    );
    notes.push(
      `Heads were pruned (pruned_heads in config.json: ${some(gone)}): they are shown as heads that add nothing, with zeros for their weights.`,
    );
  }
  if (zeros.length > 0)
    notes.push(
      `The model was trained without ${zeros.length === 1 ? 'a bias' : `${zeros.length} biases`} that this family has (${some(zeros)}): zeros stand in their places, which change nothing.`,
    );
  if (part !== null) {
    const whole = typeof config?.['model_type'] === 'string' ? ` of a “${cut(config['model_type'])}”` : '';
    const others = [...new Set(beside.map((name) => name.split('.').slice(0, 2).join('.')))];
    notes.push(
      `The model is the language part${whole} (“${part}” in config.json)${beside.length === 0 ? '' : `; ${beside.length === 1 ? 'a tensor of its other parts is' : `${beside.length} tensors of its other parts are`} left aside (${some(others)})`}.`,
    );
  }
  return notes;
}

function some(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).map(cut).join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function cut(name: string): string {
  return name.slice(0, 120);
}
