/** The tensors of a model as a tree of the parts of their names, flattened to the rows that are shown. */
import type { ModelDetail, TensorInfo } from '../../../common/contract.ts';
import { storedBytes, storedType } from '../../../common/stored-type.ts';

export interface Row {
  /** The whole name, or what it begins with (`model.layers.0.`). */
  readonly path: string;
  /** The part of the name that this row adds. */
  readonly label: string;
  readonly depth: number;
  /** Null: a group of tensors. */
  readonly tensor: TensorInfo | null;
  readonly tensors: number;
  readonly bytes: number;
  readonly isOpen: boolean;
}

interface Group {
  readonly path: string;
  readonly groups: Map<string, Group>;
  readonly tensors: TensorInfo[];
  count: number;
  bytes: number;
}

/** Layer 10 stands after layer 9. */
const NATURAL = new Intl.Collator('en', { numeric: true });
/** A model of so many tensors begins with all of its groups open. */
const MOST_OPEN = 120;

/** The groups of a model's tensors. @param wanted what a name must hold; '': all names */
export function treeOf({ tensors }: Pick<ModelDetail, 'tensors'>, wanted = ''): Group {
  const root = emptyGroup('');
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  for (const tensor of tensors) {
    const text = `${tensor.name} ${storedType(tensor)} [${tensor.shape.join(', ')}]`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    let group = root;
    add(group, tensor);
    for (const part of tensor.name.split('.').slice(0, -1)) {
      const inner = group.groups.get(part) ?? emptyGroup(`${group.path}${part}.`);
      group.groups.set(part, inner);
      add(inner, tensor);
      group = inner;
    }
    group.tensors.push(tensor);
  }
  return root;
}

/**
 * The rows that are shown.
 * @param toggled paths of groups that are not as they begin: small models are open, of others the first level is
 */
export function rowsOf(root: Group, toggled: ReadonlySet<string>, isFiltered = false): Row[] {
  const beginsOpen = isFiltered || root.count <= MOST_OPEN;
  const rows: Row[] = [];
  const walk = (group: Group, depth: number) => {
    const groups = [...group.groups].sort(([a], [b]) => NATURAL.compare(a, b));
    for (const [part, inner] of groups) {
      const { group: last, label } = chain(inner, part);
      const isOpen = (beginsOpen || depth === 0) !== toggled.has(last.path);
      const { path, count: tensors, bytes } = last;
      rows.push({ path, label, depth, tensor: null, tensors, bytes, isOpen });
      if (isOpen) walk(last, depth + 1);
    }
    for (const tensor of group.tensors.toSorted((a, b) => NATURAL.compare(a.name, b.name)))
      rows.push({
        ...{ path: tensor.name, label: tensor.name.slice(group.path.length), depth, tensor, tensors: 1 },
        ...{ bytes: storedBytes(tensor), isOpen: false },
      });
  };
  walk(root, 0);
  return rows;
}

/** Groups that hold nothing but one group are one row: `model.layers`. */
function chain(group: Group, label: string): { readonly group: Group; readonly label: string } {
  const [only, ...others] = [...group.groups];
  if (only === undefined || others.length > 0 || group.tensors.length > 0) return { group, label };
  return chain(only[1], `${label}.${only[0]}`);
}

function emptyGroup(path: string): Group {
  return { path, groups: new Map(), tensors: [], count: 0, bytes: 0 };
}

function add(group: Group, tensor: TensorInfo): void {
  group.count += 1;
  group.bytes += storedBytes(tensor);
}
