import type { SessionSummary } from '../../../common/contract.ts';
import { saveText } from '../../common/download.ts';
import type { Workbench } from '../window/workbench.svelte.ts';

/** Keeps the window as a session. @param name letters, digits, - and _ @throws what the host says */
export async function saveSession(bench: Workbench, name: string): Promise<void> {
  const { documents, slots } = bench;
  await slots.api.saveSession(name, documents.text());
  documents.session = name;
  bench.session.quiet = `The session is saved as ${name}.`;
  await listSessions(bench);
}

/** Reads the list of sessions. @throws what the host says */
export async function listSessions(bench: Workbench): Promise<readonly SessionSummary[]> {
  return (bench.sessions = await bench.slots.api.sessions());
}

/** Opens a session that was saved by name. @throws what the host says, HeadgateError `bad-session` */
export async function openSession(bench: Workbench, name: string): Promise<void> {
  const { text } = await bench.slots.api.session(name);
  await bench.documents.open(name, text);
  bench.documents.session = name;
}

/** Saves the window as a file, to be kept or given away. */
export function exportSession({ documents }: Workbench): void {
  saveText(`${documents.session ?? 'session'}.headgate`, documents.text(), 'application/json');
}

/** Opens a session's file. @throws HeadgateError `bad-session` */
export async function openSessionFile(bench: Workbench, file: File): Promise<void> {
  await bench.documents.open(file.name, await file.text());
  bench.documents.session = file.name.replace(/\.headgate$/i, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-');
}
