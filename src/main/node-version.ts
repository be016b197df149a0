import { engines } from '../../package.json';

/** The oldest Node.js that Headgate asks for; npm warns below it, and the oldest that works is older. */
export const WANTED_NODE = engines.node.replace('>=', '');

/**
 * What the window says where npm warned: the host runs in an older Node.js. Electron brings its own.
 * @param versions as in `process.versions`
 */
export function oldNode(versions: { readonly node: string; readonly electron?: string | undefined }): {
  oldNode?: { running: string; wanted: string };
} {
  if (versions.electron !== undefined || !isOlder(versions.node, WANTED_NODE)) return {};
  return { oldNode: { running: versions.node, wanted: WANTED_NODE } };
}

/** Compares versions part by part. */
function isOlder(version: string, other: string): boolean {
  const parts = (text: string) => text.split('.').map(Number);
  const [ours, theirs] = [parts(version), parts(other)];
  const at = theirs.findIndex((part, index) => part !== (ours[index] ?? 0));
  return at !== -1 && (ours[at] ?? 0) < (theirs[at] ?? 0);
}
