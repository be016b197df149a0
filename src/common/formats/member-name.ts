/**
 * Names of files inside a model's folder come from strangers (index files, dropped folders). A good one is a relative
 * path with forward slashes that can only lead downwards, on any operating system.
 */
const MAX_LENGTH = 1024;

/** True when the name can't lead outside of the folder that it is in. */
export function isMemberName(name: string): boolean {
  if (name === '' || name.length > MAX_LENGTH) return false;
  // A backslash separates on Windows; a colon starts a drive or a hidden stream there; NUL ends a path in C.
  // eslint-disable-next-line no-control-regex
  if (/[\\:\u0000-\u001f]/.test(name)) return false;
  // Windows drops dots and spaces at the end of a segment, so `.. ` would be `..`.
  return name.split('/').every((segment) => segment !== '' && !/^[. ]*$/.test(segment));
}
