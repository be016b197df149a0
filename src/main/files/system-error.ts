/** What the operating system says of a path, as one sentence that names the path's last part. */
import { basename } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';

/** Node's errors of system calls. */
interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

export type Doing = 'read' | 'written';

const CHECK: Readonly<Record<Doing, string>> = {
  read: 'Check that it is there and that you may read it.',
  written: 'Check that its folder is there, that you may write there, and that the disk is not full.',
};

/** By the system's code: what is wrong with the path, and what helps; no hint: the usual one. */
const REASONS: Readonly<
  Record<string, readonly [reason: (name: string, doing: Doing) => string, hint?: string]>
> = {
  EACCES: [noPermission, 'Ask for the permission, or use a copy of your own.'],
  EPERM: [noPermission, 'Ask for the permission, or use a copy of your own.'],
  ELOOP: [(name) => `${name} is a link that leads in a circle.`, 'Name the file or folder itself.'],
  ENAMETOOLONG: [(name) => `The name ${name} is too long for this disk.`, 'Use a shorter name.'],
  ENOENT: [(name) => `${name} is not there.`],
  ENOTDIR: [(name) => `${name} is not there: a part of its path is a file, not a folder.`],
  EISDIR: [(name) => `${name} is a folder, not a file.`],
  EROFS: [(name) => `${name} can't be written: its disk is read-only.`, 'Name a place on another disk.'],
  ENOSPC: [
    (name) => `${name} can't be written: the disk is full.`,
    'Make room, or name a place on another disk.',
  ],
  EDQUOT: [(name) => `${name} can't be written: your share of the disk is full.`, 'Make room there.'],
  EMFILE: [
    (name) => `${name} can't be opened: too many files are open.`,
    'Close other programs and try again.',
  ],
  ENFILE: [
    (name) => `${name} can't be opened: too many files are open.`,
    'Close other programs and try again.',
  ],
  EIO: [
    (name, doing) => `${name} can't be ${doing}: the disk reports an error.`,
    'Check the disk, or use a copy.',
  ],
};

function noPermission(name: string, doing: Doing): string {
  return `You have no permission for ${name}: it can't be ${doing}.`;
}

/**
 * The error of a path that can't be read or written; its code is `unreadable` or `unwritable`.
 * @param path what was asked for; only its last part is told
 * @param cause what was thrown; its words are told when it is no error of the system's
 */
export function pathError(path: string, cause: unknown, doing: Doing = 'read'): HeadgateError {
  const name = quote(basename(path) || path);
  const code = doing === 'read' ? 'unreadable' : 'unwritable';
  const system = isSystemError(cause) ? cause.code : null;
  const [reason, hint = CHECK[doing]] = (system === null ? undefined : REASONS[system]) ?? [
    () => `${name} can't be ${doing}${system === null ? '' : ` (${system})`}.`,
  ];
  return new HeadgateError(code, reason(name, doing), hint, { cause });
}

/** True for errors of the operating system: `ENOENT`, `EACCES`, … */
export function isSystemError(error: unknown): error is SystemError {
  return (
    error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code)) && 'syscall' in error
  );
}
