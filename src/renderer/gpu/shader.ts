/**
 * From a kernel's WGSL file to what the GPU compiles. Four line directives, since WGSL has none of its own:
 *   #include "name.wgsl"         the file of that name in src/shaders/lib, once
 *   #if NAME / #else / #endif    by whether a constant is true or not zero; `#if !NAME` for the opposite, and
 *                                `#if NAME == 3` by its value
 *   #for i FROM TO / #endfor     the lines again for each i in [FROM, TO), `{i}` replaced, and `{i+N}` by the sum; bounds
 *                                and N are numbers or constants
 * Constants of a variant stand as `const` declarations in front.
 */
export type Constants = Readonly<Record<string, number | boolean>>;

const library: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>('../../shaders/lib/*.wgsl', { query: '?raw', import: 'default', eager: true }),
  ).map(([path, code]) => [path.slice(path.lastIndexOf('/') + 1), code]),
);

/**
 * The complete WGSL of one variant.
 * @param files what `#include` finds
 * @throws Error for an unknown include, an unknown bound or a directive without its end.
 */
export function assemble(code: string, constants: Constants, files = library): string {
  const lines = unroll(choose(include(code, files, new Set()), constants), constants);
  const isDirective = (line: string) => /^\s*(enable|requires|diagnostic)\b/.test(line);
  const declarations = Object.entries(constants).map(([name, value]) => `const ${name} = ${String(value)};`);
  return [...lines.filter(isDirective), ...declarations, ...lines.filter((line) => !isDirective(line))].join(
    '\n',
  );
}

function include(code: string, files: Readonly<Record<string, string>>, seen: Set<string>): string[] {
  return code.split('\n').flatMap((line) => {
    const name = /^\s*#include\s+"([^"]+)"/.exec(line)?.[1];
    if (name === undefined) return [line];
    if (seen.has(name)) return [];
    seen.add(name);
    const file = files[name];
    if (file === undefined) throw new Error(`#include "${name}": src/shaders/lib has no such file.`);
    return include(file, files, seen);
  });
}

function choose(lines: readonly string[], constants: Constants): string[] {
  const result: string[] = [];
  const stack: boolean[] = [];
  for (const line of lines) {
    const condition = /^\s*#if\s+(!?)(\w+)(?:\s*==\s*(\d+))?/.exec(line);
    if (condition !== null) stack.push(holds(condition, constants));
    else if (/^\s*#else\b/.test(line)) stack.push(!pop(stack, '#else without #if'));
    else if (/^\s*#endif\b/.test(line)) pop(stack, '#endif without #if');
    else if (stack.every(Boolean)) result.push(line);
  }
  if (stack.length > 0) throw new Error('#if without #endif.');
  return result;
}

function holds([, not, name = '', value]: RegExpExecArray, constants: Constants): boolean {
  const constant = constants[name];
  return (value === undefined ? Boolean(constant) : constant === Number(value)) !== (not === '!');
}

function pop(stack: boolean[], message: string): boolean {
  const top = stack.pop();
  if (top === undefined) throw new Error(`${message}.`);
  return top;
}

function unroll(lines: readonly string[], constants: Constants): string[] {
  const result: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const loop = /^\s*#for\s+(\w+)\s+(\w+)\s+(\w+)/.exec(line);
    if (loop === null) {
      result.push(line);
      continue;
    }
    const end = endOfLoop(lines, at);
    const body = lines.slice(at + 1, end);
    const [, name = '', from = '', to = ''] = loop;
    for (let i = bound(from, constants); i < bound(to, constants); i++)
      result.push(
        ...unroll(
          body.map((text) => fill(text, name, i, constants)),
          constants,
        ),
      );
    at = end;
  }
  return result;
}

/** A line with `{name}` and `{name+N}` replaced by their values. */
function fill(line: string, name: string, value: number, constants: Constants): string {
  return line.replaceAll(/\{(\w+)(?:\+(\w+))?\}/g, (whole, word: string, added?: string) =>
    word === name ? String(value + (added === undefined ? 0 : bound(added, constants))) : whole,
  );
}

function endOfLoop(lines: readonly string[], start: number): number {
  let depth = 0;
  for (let at = start; at < lines.length; at++) {
    if (/^\s*#for\b/.test(lines[at] ?? '')) depth++;
    else if (/^\s*#endfor\b/.test(lines[at] ?? '') && --depth === 0) return at;
  }
  throw new Error('#for without #endfor.');
}

function bound(word: string, constants: Constants): number {
  const value = /^\d+$/.test(word) ? Number(word) : constants[word];
  if (typeof value !== 'number')
    throw new Error(`#for: ${word} is neither a number nor a constant of the variant.`);
  return value;
}

/** One binding of a kernel, in the order of its binding numbers. */
export interface ShaderBinding {
  readonly name: string;
  readonly binding: number;
  readonly type: 'uniform' | 'read-only-storage' | 'storage';
}

/** What the WGSL declares: the TypeScript side passes buffers and parameters by these names. */
export interface ShaderInterface {
  readonly bindings: readonly ShaderBinding[];
  /** Fields of `struct Params`, in order; all of them 4 bytes. */
  readonly params: readonly ShaderParam[];
}

export interface ShaderParam {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
  /** False for a field that kernels of one family share and that this variant leaves alone. */
  readonly isRead: boolean;
}

/**
 * Reads the bindings of group 0 and the fields of `struct Params` from assembled WGSL.
 * @throws Error for a parameter that is no 4-byte scalar.
 */
export function shaderInterface(code: string): ShaderInterface {
  const bare = code.replaceAll(/\/\/.*$/gm, '');
  const declaration =
    /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*(uniform|storage)\s*(?:,\s*(read_write|read)\s*)?>\s*(\w+)/g;
  const bindings = [...bare.matchAll(declaration)].map(([, binding, space, access, name = '']) => ({
    name,
    binding: Number(binding),
    type:
      space === 'uniform'
        ? ('uniform' as const)
        : access === 'read_write'
          ? ('storage' as const)
          : ('read-only-storage' as const),
  }));
  const body = /struct\s+Params\s*\{([^}]*)\}/.exec(bare)?.[1] ?? '';
  const fields = body.split(',').filter((field) => field.trim() !== '');
  const params = fields.map((field) => {
    const parts = /^\s*(\w+)\s*:\s*(u32|i32|f32)\s*$/.exec(field);
    if (parts === null) throw new Error(`struct Params: “${field.trim()}” is no u32, i32 or f32.`);
    const name = parts[1] ?? '';
    const isRead = new RegExp(`\\bparams\\s*\\.\\s*${name}\\b`).test(bare);
    return { name, type: parts[2] as ShaderParam['type'], isRead };
  });
  return { bindings: bindings.sort((a, b) => a.binding - b.binding), params };
}
