/** Programs that the launcher runs quietly. */
import { spawn } from 'node:child_process';

/** How much of a program's output is kept, from its end. */
const KEPT = 4000;

/**
 * Runs a program without a window or terminal output and waits for its end.
 * @typedef {(command: string, args: string[], options: { seconds: number, env?: NodeJS.ProcessEnv }) => Promise<{ ok: boolean, output: string }>} Run
 *
 * `ok` is true when it ended by itself with status 0; a missing program, another status or the time limit
 * make it false. `output` is the end of what it wrote.
 * @type {Run}
 */
export function run(command, args, { seconds, env = process.env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let output = '';
    const keep = (/** @type {Buffer} */ text) => (output = (output + text.toString()).slice(-KEPT));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const limit = setTimeout(() => {
      child.kill();
      // A grandchild may hold the pipes open; this process does not wait for it.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ ok: false, output: `${output}\nstopped after ${seconds} s` });
    }, seconds * 1000);
    child.on('error', (error) => {
      clearTimeout(limit);
      resolve({ ok: false, output: error.message });
    });
    child.on('close', (status) => {
      clearTimeout(limit);
      resolve({ ok: status === 0, output });
    });
  });
}
