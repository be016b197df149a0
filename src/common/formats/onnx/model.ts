/** What an ONNX file holds: tensors, nodes, inputs and outputs of its graph. */
import { quote } from '../../error.ts';
import type { ModelFolder } from '../format.ts';
import { readTensor, type Keep, type OnnxTensor } from './tensor.ts';
import type { WireField, WireFile } from './wire.ts';

export interface OnnxAttribute {
  readonly ints: readonly number[];
  readonly float: number;
  /** The first 64 of a list. */
  readonly floats: readonly number[];
  readonly texts: readonly string[];
  readonly tensor: OnnxTensor | null;
}

export interface OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxInput {
  readonly name: string;
  /** TensorProto.DataType; 0 when the file does not say it. */
  readonly type: number;
  /** Dimensions; null when the file does not say it. */
  readonly rank: number | null;
}

export interface OnnxModel {
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
  /** Tensors of Constant nodes by the names of their outputs, of inner graphs too. */
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** Operators of the graphs inside of nodes (If, Loop). */
  readonly innerOps: ReadonlySet<string>;
}

interface Building {
  tensors: Map<string, OnnxTensor>;
  nodes: OnnxNode[];
  inputs: OnnxInput[];
  outputs: string[];
  constants: Map<string, OnnxTensor>;
  innerOps: Set<string>;
}

/** Nodes, tensors, inputs and attributes. */
const MOST_PARTS = 65_536;
/** Fields of nodes. */
const MOST_FIELDS = 500_000;
const MOST_FLOATS = 64;
/** Whole numbers of an attribute, and bytes of those of all. */
const MOST_VALUES = 100_000;
const MOST_ALL = 500_000;
const DEEPEST = 16;
const NONE: ReadonlyMap<string, OnnxAttribute> = new Map();

/** @throws HeadgateError `onnx-…` naming the file, the tensor or node, and the rule */
export async function readOnnx(file: WireFile, folder: ModelFolder, keep: Keep): Promise<OnnxModel> {
  const model = new ModelReader(file, folder, keep);
  let graph: WireField | null = null;
  let hasVersion = false;
  for await (const field of file.fields(0, file.source.size, 'the model')) {
    if (field.number === 1 && field.kind === 'varint') hasVersion = true;
    if (field.number !== 7) continue;
    if (field.kind !== 'bytes') throw file.fail('graph', 'its graph is no message');
    if (graph !== null) throw file.fail('graph', 'it has two graphs');
    graph = field;
  }
  if (graph === null)
    throw file.fail(
      'graph',
      hasVersion ? 'it has no graph' : 'it is no ONNX model: it has neither a version nor a graph',
    );
  return model.read(graph);
}

class ModelReader {
  #parts = 0;
  #fields = 0;
  #values = 0;

  constructor(
    private readonly file: WireFile,
    private readonly folder: ModelFolder,
    private readonly keep: Keep,
  ) {}

  async read(graph: WireField): Promise<OnnxModel> {
    const building: Building = {
      tensors: new Map(),
      nodes: [],
      inputs: [],
      outputs: [],
      constants: new Map(),
      innerOps: new Set(),
    };
    await this.#graph(graph, building, 0);
    return building;
  }

  async #graph({ begin, end }: WireField, into: Building, depth: number): Promise<void> {
    const { file } = this;
    if (depth > DEEPEST) throw file.fail('depth', `its graphs lie deeper than ${DEEPEST} in each other`);
    for await (const field of file.fields(begin, end, 'the graph')) {
      if (![1, 5, 11, 12, 15].includes(field.number)) continue;
      if (++this.#parts > MOST_PARTS)
        throw file.fail('parts', `it has more than ${MOST_PARTS} nodes, tensors and attributes`);
      if (field.kind !== 'bytes') throw file.fail('wire', 'a part of its graph is no message');
      if (field.number === 1) into.nodes.push(await this.#node(field, into, depth));
      else if (field.number === 5) this.#add(into, await readTensor(file, field, this.folder, this.keep));
      else if (field.number === 11) into.inputs.push(await this.#input(field));
      else if (field.number === 12) into.outputs.push((await this.#input(field)).name);
      else
        throw file.fail(
          'sparse',
          'it has sparse tensors, which are not read',
          'Export the model again without sparse initializers.',
        );
    }
  }

  #add(into: Building, tensor: OnnxTensor): void {
    if (tensor.name === '') throw this.file.fail('name', 'a tensor of its graph has no name');
    if (into.tensors.has(tensor.name))
      throw this.file.fail('name', `it has two tensors ${quote(tensor.name)}`);
    into.tensors.set(tensor.name, tensor);
  }

  async #node({ begin, end }: WireField, into: Building, depth: number): Promise<OnnxNode> {
    const { file } = this;
    let [op, name] = ['', ''];
    const [inputs, outputs]: string[][] = [[], []];
    let attributes: Map<string, OnnxAttribute> | null = null;
    const what = 'a node';
    for await (const field of file.fields(begin, end, what)) {
      if (field.number === 1) inputs?.push(await file.text(field, what));
      else if (field.number === 2) outputs?.push(await file.text(field, what));
      else if (field.number === 3) name = await file.text(field, what);
      else if (field.number === 4) op = await file.text(field, what);
      else if (field.number === 5) {
        if (++this.#parts > MOST_PARTS)
          throw file.fail('parts', `it has more than ${MOST_PARTS} nodes, tensors and attributes`);
        const [key, value] = await this.#attribute(field, into, depth);
        attributes ??= new Map();
        attributes.set(key, value);
      }
      if (++this.#fields > MOST_FIELDS)
        throw file.fail('parts', `its nodes have more than ${MOST_FIELDS} fields`);
    }
    const value = attributes?.get('value')?.tensor ?? null;
    const [output] = outputs ?? [];
    if (op === 'Constant' && value !== null && output !== undefined && !into.constants.has(output))
      into.constants.set(output, { ...value, name: output });
    return { op, name, inputs: inputs ?? [], outputs: outputs ?? [], attributes: attributes ?? NONE };
  }

  async #attribute(
    { begin, end }: WireField,
    into: Building,
    depth: number,
  ): Promise<[string, OnnxAttribute]> {
    const { file } = this;
    const what = 'an attribute';
    let [name, float] = ['', 0];
    const ints: number[] = [];
    const floats: number[] = [];
    const texts: string[] = [];
    let tensor: OnnxTensor | null = null;
    for await (const field of file.fields(begin, end, what)) {
      if (field.number === 1) name = await file.text(field, what);
      else if (field.number === 2) float = await file.float(field);
      else if (field.number === 7) floats.push(...(await file.floats(field, MOST_FLOATS - floats.length)));
      else if (field.number === 3 || field.number === 8) {
        for (const value of await file.numbers(field, what, MOST_VALUES)) ints.push(value);
        if (ints.length > MOST_VALUES)
          throw file.fail('numbers', `${what} has more than ${MOST_VALUES} numbers`);
        this.#values += field.kind === 'varint' ? 1 : field.end - field.begin;
        if (this.#values > MOST_ALL)
          throw file.fail('numbers', `its attributes have more than ${MOST_ALL} whole numbers`);
      } else if (field.number === 4 || field.number === 9) texts.push(await file.text(field, what, 2 ** 24));
      else if (field.number === 5) tensor = await readTensor(file, field, this.folder, this.keep);
      else if (field.number === 6) {
        const inner: Building = { ...into, nodes: [], inputs: [], outputs: [], tensors: new Map() };
        await this.#graph(field, inner, depth + 1);
        for (const { op } of inner.nodes) into.innerOps.add(op);
        // Weights of a graph inside of a node are shown too, below its own name.
        for (const [own, value] of inner.tensors) if (!into.tensors.has(own)) into.tensors.set(own, value);
      }
    }
    return [name, { ints, float, floats, texts, tensor }];
  }

  async #input({ begin, end }: WireField): Promise<OnnxInput> {
    const { file } = this;
    let name = '';
    let [type, rank]: [number, number | null] = [0, null];
    for await (const field of file.fields(begin, end, 'an input'))
      if (field.number === 1) name = await file.text(field, 'an input');
      else if (field.number === 2)
        for await (const kind of file.fields(field.begin, field.end, 'the type of an input'))
          if (kind.number === 1)
            for await (const part of file.fields(kind.begin, kind.end, 'the type of an input'))
              if (part.number === 1) type = part.value;
              else if (part.number === 2) {
                rank = 0;
                for await (const size of file.fields(part.begin, part.end, 'the shape of an input'))
                  if (size.number === 1) rank++;
              }
    return { name, type, rank };
  }
}
