import { resolve } from 'node:path';
import { checkTarget } from '../files/check-target.ts';
import { CaptureSession, type CaptureRequest, type CaptureResult } from '../jobs/capture-session.ts';
import { PATIENCE, runJob, type JobOptions } from '../jobs/run-job.ts';
import { launchHeadless } from '../launch/windows.ts';
import { CAPTURE_OPTIONS, captureRequest } from './capture-options.ts';
import { usageError, type Command } from './command.ts';

export interface CaptureOptions extends JobOptions {
  readonly request: CaptureRequest;
  /** Path of the file to write. */
  readonly out: string;
  readonly force: boolean;
}

/** Runs a model unseen, in the renderer's own code, and keeps the run as a file. */
export const captureCommand: Command = {
  usage:
    'headgate capture MODEL --text T --out FILE.safetensors [--pair T2] [--target T3] [--generate N] [--beams N]\n' +
    '          [--temperature X] [--top-k N] [--top-p X] [--seed N] [--keep KINDS] [--top K] [--force] [--json]',
  summary: 'run a model on a text and write its activations',
  options: {
    ...CAPTURE_OPTIONS,
    out: { type: 'string' },
    force: { type: 'boolean' },
    json: { type: 'boolean' },
  },

  async run(model, values, output) {
    const { out } = values;
    if (model === null) throw usageError('headgate capture needs a MODEL.');
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

/**
 * Writes the file, or leaves nothing behind.
 * @throws HeadgateError
 */
export async function capture(options: CaptureOptions): Promise<CaptureResult> {
  await checkTarget(options.out, options.force);
  return runJob(new CaptureSession(options.request, resolve(options.out), options.force), options);
}
