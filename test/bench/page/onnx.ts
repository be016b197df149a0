/** Builds ONNX files for the peer: the part of the format's protocol buffer that these graphs use (onnx.proto). */
import protobuf from 'protobufjs';

const SCHEMA = `
syntax = "proto3";
message Attribute { string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8 [packed = false]; int32 type = 20; }
message Tensor { repeated int64 dims = 1 [packed = false]; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
message Shape { repeated Dimension dim = 1; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Type { TensorType tensor_type = 1; }
message ValueInfo { string name = 1; Type type = 2; }
message Node { repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4; repeated Attribute attribute = 5; }
message Graph { repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message Opset { string domain = 1; int64 version = 2; }
message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; }
`;
const Model = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Model');

const FLOAT = 1;
const INT64 = 7;
const elementType = { f32: FLOAT, i64: INT64 } as const;
type ElementType = keyof typeof elementType;

/** An attribute of a node: a number that is whole is an integer, `{ float }` is a float, a text a string. */
type Attribute = number | string | readonly number[] | { readonly float: number };

/** Sizes of a value; a name stands for a size that is known when it runs. */
type Shape = readonly (number | string)[];

/** A graph under construction; every method returns the name of the value that it makes. */
export class OnnxGraph {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private readonly outputs: object[] = [];
  private values = 0;

  input(name: string, type: ElementType, shape: Shape): string {
    this.inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Names an output of a node directly, without a copy. */
  markOutput(value: string, shape: Shape): void {
    this.outputs.push(valueInfo(value, 'f32', shape));
  }

  floats(data: Float32Array, shape: readonly number[]): string {
    return this.constant('f32', new Uint8Array(data.buffer, data.byteOffset, data.byteLength), shape);
  }

  integers(data: readonly number[], shape: readonly number[] = [data.length]): string {
    return this.constant('i64', new Uint8Array(BigInt64Array.from(data.map(BigInt)).buffer), shape);
  }

  /** One node; `outputs` names its values when they are outputs of the graph. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    outputs: readonly string[] = [this.fresh()],
  ): string[] {
    this.nodes.push({
      input: inputs,
      output: outputs,
      op_type: op,
      name: `${op}:${outputs[0] ?? ''}`,
      attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
    });
    return [...outputs];
  }

  /** A node with one output. */
  apply(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    name?: string,
  ): string {
    return this.node(op, inputs, attributes, [name ?? this.fresh()])[0] as string;
  }

  fresh(): string {
    return `v${this.values++}`;
  }

  /** The file's bytes (opset 20, the first with Gelu). */
  bytes(): Uint8Array {
    return Model.encode({
      ir_version: 9,
      producer_name: 'headgate-bench',
      graph: {
        node: this.nodes,
        name: 'graph',
        initializer: this.initializers,
        input: this.inputs,
        output: this.outputs,
      },
      opset_import: [{ domain: '', version: 20 }],
    }).finish();
  }

  private constant(type: ElementType, raw: Uint8Array, shape: readonly number[]): string {
    const name = this.fresh();
    this.initializers.push({ dims: shape, data_type: elementType[type], name, raw_data: raw });
    return name;
  }
}

function valueInfo(name: string, type: ElementType, shape: Shape): object {
  const dims = shape.map((size) => (typeof size === 'string' ? { dim_param: size } : { dim_value: size }));
  return { name, type: { tensor_type: { elem_type: elementType[type], shape: { dim: dims } } } };
}

function encodeAttribute(name: string, value: Attribute): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: value, type: 7 };
}
