/** Soft links of HDF5: paths within the same file, which may lead to other links. No file but this one is ever looked into. */
import type { Fail } from './bytes.ts';
import type { Hdf5Object } from './object.ts';

export const MOST_OBJECTS = 20_000;
/** Characters of all paths: a name stands in those of all that lies below it. */
export const MOST_CHARACTERS = 8 * 2 ** 20;
const MOST_LINKS = 1000;
/** Links through links through links; HDF5's own library follows sixteen. */
const MOST_ROUNDS = 16;

export interface SoftLink {
  /** Where it stands, from the root. */
  readonly path: string;
  /** Where it leads, from the root. */
  readonly to: string;
}

/** A link's path from the root. @param group the path of the group that holds it */
export function targetOf(group: string, link: string): string {
  const parts = `${link.startsWith('/') ? '' : group}/${link}`.split('/');
  return parts.filter((part) => part !== '' && part !== '.').join('/');
}

/**
 * Adds what links lead to, under the paths of the links.
 * @throws HeadgateError `hdf5-soft-link` naming a link that leads nowhere or in a circle; `hdf5-objects`, `hdf5-paths`
 */
export function follow(links: readonly SoftLink[], objects: Map<string, Hdf5Object>, fail: Fail): void {
  if (links.length > MOST_LINKS) throw fail('links', `there are more than ${MOST_LINKS} soft links`);
  const copies = { characters: 0 };
  let open = links;
  for (let round = 0; open.length > 0; round++) {
    // A link may lead through another one, which then has to be followed first.
    const left = open.filter((link) => !copied(link, open, objects, copies, fail));
    const [stuck] = left;
    if (stuck !== undefined && (left.length === open.length || round === MOST_ROUNDS))
      throw fail(
        'soft-link',
        `“/${stuck.path.slice(-120)}” is a soft link to “/${stuck.to.slice(-120)}”, which is not in the file or leads back to it`,
        'Save the model anew, or put the object itself in the place of the link (h5py: file.copy with expand_soft=True).',
      );
    open = left;
  }
}

/** True when what a link leads to stands under its path now. */
function copied(
  { path, to }: SoftLink,
  open: readonly SoftLink[],
  objects: Map<string, Hdf5Object>,
  copies: { characters: number },
  fail: Fail,
): boolean {
  if (!objects.has(to) || isBelow(path, to)) return false;
  if (open.some((other) => isBelow(other.path, to) && !objects.has(other.path))) return false;
  for (const object of [...objects.values()].filter((candidate) => isBelow(candidate.path, to))) {
    const copy = path + object.path.slice(to.length);
    copies.characters += copy.length;
    if (objects.size >= MOST_OBJECTS) throw fail('objects', `there are more than ${MOST_OBJECTS} objects`);
    if (copies.characters > MOST_CHARACTERS)
      throw fail('paths', `its objects have paths of more than ${MOST_CHARACTERS} characters together`);
    objects.set(copy, { ...object, path: copy });
  }
  return true;
}

/** The object itself, or one within it; the root holds all. */
function isBelow(inner: string, outer: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}
