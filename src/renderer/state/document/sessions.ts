import type { SessionSummary } from '../../../common/contract.ts';
import { saveText } from '../../common/download.ts';
import type { Workbench } from '../window/workbench.svelte.ts';

/** Writes the session where it was opened from or saved to. @returns false when there is no such place yet @throws what the host says */
export async function saveAgain(bench: Workbench): Promise<boolean> {
  const { documents, slots } = bench;
  const { file, session } = documents;
  if (file !== null) {
    await slots.api.saveSessionFile(file.id, documents.text());
    bench.session.quiet = `The session is saved as ${file.name}.`;
  } else if (session !== null) await saveSession(bench, session);
  return file !== null || session !== null;
}

/** Keeps the window as a session. @param name letters, digits, - and _ @throws what the host says */
export async function saveSession(bench: Workbench, name: string): Promise<void> {
  const { documents, slots } = bench;
  await slots.api.saveSession(name, documents.text());
  Object.assign(documents, { session: name, file: null });
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
  Object.assign(bench.documents, { session: name, file: null });
}

/** Saves the window as a file, to be kept or given away: by the host's dialog where it has one. @throws what the host says */
export async function exportSession({ documents, slots, session }: Workbench): Promise<void> {
  const name = documents.session ?? 'session';
  if (slots.app?.capabilities.sessionFiles !== true) {
    saveText(`${name}.headgate`, documents.text(), 'application/json');
    return;
  }
  const file = await slots.api.saveSessionAs(name, documents.text());
  if (file === null) return;
  Object.assign(documents, { session: nameOf(file.name), file });
  session.quiet = `The session is saved as ${file.name}.`;
}

/** Opens a session's file by the host's dialog. @throws what the host says, HeadgateError `bad-session` */
export async function pickSession({ documents, slots }: Workbench): Promise<void> {
  const picked = await slots.api.openSessionFile();
  if (picked === null) return;
  const { id, name, text } = picked;
  await documents.open(name, text);
  Object.assign(documents, { session: nameOf(name), file: { id, name } });
}

/** Opens a session's file that was dropped or chosen in the page. @throws HeadgateError `bad-session` */
export async function openSessionFile({ documents }: Workbench, file: File): Promise<void> {
  await documents.open(file.name, await file.text());
  Object.assign(documents, { session: nameOf(file.name), file: null });
}

/** A name that a session may have. */
function nameOf(file: string): string {
  return file.replace(/\.headgate$/i, '').replaceAll(/[^A-Za-z0-9_-]+/g, '-');
}
