import type { Api } from '../api.ts';

/** Bytes of one upload to the host. */
export const PIECE = 8 * 1024 * 1024;

/** Sends what a job gives. */
export async function sendOutput(api: Api, output: Blob): Promise<void> {
  const bytes = new Uint8Array(await output.arrayBuffer());
  for (let at = 0; at < bytes.length; at += PIECE)
    await api.sendJobOutput(at, bytes.subarray(at, at + PIECE));
}
