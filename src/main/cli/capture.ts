import { resolve } from 'node:path';
import { checkTarget } from '../files/check-target.ts';
import { CaptureSession, type CaptureRequest, type CaptureResult } from '../jobs/capture-session.ts';
import { PATIENCE, runJob, type JobOptions } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { CAPTURE_OPTIONS, captureRequest, textsRequest } from './capture-options.ts';
import { captureTexts } from './capture-texts.ts';
import { usageError, type Command, type Output, type Values } from './command.ts';
import { word } from './run-options.ts';
import { readTexts } from './text-list.ts';

export interface CaptureOptions extends JobOptions {
  readonly request: CaptureRequest;
  /** Path of the file to write. */
  readonly out: string;
  readonly force: boolean;
}

/** Runs a model unseen, in the renderer's own code, and keeps the run as a file. */
export const captureCommand: Command = {
  usage:
    'headgate capture MODEL (--text T --out FILE.safetensors | --texts FILE --out-dir FOLDER) [--pair T2] [--target T3] [--window N@K] [--generate N] [--beams N]\n' +
    '          [--temperature X] [--top-k N] [--top-p X] [--seed N] [--keep KINDS] [--top K] [--force] [--json]',
  summary: 'run a model on a text, or on each line of a file, and write its activations',
  options: {
    ...CAPTURE_OPTIONS,
    out: { type: 'string' },
    texts: { type: 'string' },
    'out-dir': { type: 'string' },
    force: { type: 'boolean' },
    json: { type: 'boolean' },
  },

  async run(model, values, output) {
    const { out } = values;
    if (model === null) throw usageError('headgate capture needs a MODEL.');
    const list = word(values, 'texts');
    if (list !== null) return runTexts(model, list, values, output);
    if (word(values, 'out-dir') !== null) throw usageError('--out-dir is for many texts: add --texts FILE.');
    const request = captureRequest(values);
    if (typeof out !== 'string' || out === '') throw usageError('headgate capture needs a file: --out FILE.');
    const force = values['force'] === true;
    const result = await capture({ model, request, out, force, launch: launchHeadless, patience: PATIENCE });
    for (const sentence of result.remarks) output.note(`headgate: note: ${sentence}`);
    if (result.warning !== undefined) output.note(`warning: ${result.warning}`);
    if (values['json'] === true) output.out(JSON.stringify(result));
    else
      output.out(`${result.file}: ${result.tensors} tensors, ${result.bytes.toLocaleString('en-US')} bytes`);
    return 0;
  },
};

/** @param list path of the file with the texts */
async function runTexts(model: string, list: string, values: Values, output: Output): Promise<number> {
  const folder = word(values, 'out-dir');
  if (folder === null || folder === '')
    throw usageError('--texts needs a folder to write to: --out-dir FOLDER.');
  if (word(values, 'out') !== null) throw usageError('--out is for one text: --texts writes into --out-dir.');
  const result = await captureTexts({
    ...{ model, folder, texts: await readTexts(list), request: textsRequest(values) },
    ...{ force: values['force'] === true, note: (line) => output.note(line) },
    ...{ launch: launchHeadless, patience: PATIENCE },
  });
  const { written, skipped, failed } = result;
  if (values['json'] === true) output.out(JSON.stringify(result));
  else {
    const more = [
      ...(skipped.length === 0 ? [] : [`${skipped.length} were there`]),
      ...(failed.length === 0 ? [] : [`${failed.length} could not be run`]),
    ];
    const texts = written.length === 1 ? 'text' : 'texts';
    output.out([`${result.folder}: ${written.length} ${texts} written`, ...more].join(', '));
  }
  return failed.length === 0 ? 0 : 1;
}

/**
 * Writes the file, or leaves nothing behind.
 * @throws HeadgateError
 */
export async function capture(options: CaptureOptions): Promise<CaptureResult> {
  await checkTarget(options.out, options.force);
  return runJob(new CaptureSession(options.request, resolve(options.out), options.force), options);
}
