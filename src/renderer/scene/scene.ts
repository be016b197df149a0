import {
  Color,
  CustomBlending,
  DataTexture,
  DoubleSide,
  Fog,
  InstancedBufferAttribute,
  Line2NodeMaterial,
  LinearSRGBColorSpace,
  Mesh,
  MeshBasicNodeMaterial,
  NearestFilter,
  OneMinusSrcAlphaFactor,
  PerspectiveCamera,
  PlaneGeometry,
  PointsNodeMaterial,
  RGBAFormat,
  Scene as ThreeScene,
  Sprite,
  SrcAlphaFactor,
  WebGPURenderer,
} from 'three/webgpu';
import {
  attribute,
  clamp,
  instancedBufferAttribute,
  length,
  mix,
  positionGeometry,
  smoothstep,
  uv,
  varying,
} from 'three/tsl';
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js';
import { LineSegments2 } from 'three/addons/lines/webgpu/LineSegments2.js';
import type { Rgb } from '../common/heatmap/scale.ts';
import { FIELD_OF_VIEW, position, type Orbit } from './orbit.ts';

/** Points as discs that keep their size on screen. */
export interface Points {
  /** x, y, z of each. */
  readonly places: Float32Array;
  /** Red, green and blue of each, sRGB 0 … 1. */
  readonly colours: Float32Array;
  /** Diameter of each in CSS pixels; 0 hides it. */
  readonly sizes: Float32Array;
}

/** Straight lines of one thickness, each with a colour at either end. */
export interface Lines {
  /** x, y, z of start and end of each. */
  readonly places: Float32Array;
  readonly colours: Float32Array;
  /** CSS pixels. */
  readonly width: number;
}

/** A picture that lies flat in space: its rows go along z, its columns along x. */
export interface Plane {
  /** Height above the ground. */
  readonly y: number;
  /** Half its sides, along x and z. */
  readonly half: readonly [number, number];
  readonly columns: number;
  readonly rows: number;
  /** [rows, columns, 4], 0 … 255; sRGB, not premultiplied. */
  readonly rgba: Uint8Array<ArrayBuffer>;
  /** 0 … 1 */
  readonly opacity: number;
}

/** Layers of lines, from back to front. */
export type LineLayer = 'frame' | 'paths' | 'marked';
const LINE_LAYERS: readonly LineLayer[] = ['frame', 'paths', 'marked'];

/** What three keeps to itself: its loop of animation frames, which runs on even when nobody draws. */
interface Internals {
  readonly _animation?: { stop?: () => void } | null;
}

/**
 * Points and lines in space, drawn by Three.js on a device of ours, and only when `render` is called.
 * Colours go through unchanged: what is written as sRGB is shown as it is.
 */
export class PointScene {
  readonly #renderer: WebGPURenderer;
  readonly #scene = new ThreeScene();
  readonly #camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.05, 100);
  readonly #background = new Color();
  readonly #fog = new Fog(0, 1, 2);
  readonly #lines = new Map<LineLayer, LineSegments2>();
  #planes: Mesh[] = [];
  #sprite: Sprite | null = null;
  #attributes: Record<keyof Points, InstancedBufferAttribute> | null = null;
  #disposed = false;
  /** The device is gone, and all that was on it: three would throw at every touch. */
  #lost = false;

  private constructor(renderer: WebGPURenderer, device: GPUDevice) {
    this.#renderer = renderer;
    void device.lost.then(() => (this.#lost = true));
    this.#scene.background = this.#background;
    this.#scene.fog = this.#fog;
    for (const [order, layer] of LINE_LAYERS.entries()) {
      const material = new Line2NodeMaterial({ depthWrite: false });
      // From one end's colour to the other's; vertex colours would change in the middle.
      material.colorNode = mix(
        attribute<'vec3'>('instanceColorStart', 'vec3'),
        attribute<'vec3'>('instanceColorEnd', 'vec3'),
        clamp(positionGeometry.y, 0, 1),
      );
      material.fog = layer !== 'marked';
      const lines = new LineSegments2(new LineSegmentsGeometry(), material);
      lines.frustumCulled = false;
      lines.visible = false;
      // Marked lines are seen through everything.
      material.depthTest = layer !== 'marked';
      lines.renderOrder = layer === 'marked' ? LINE_LAYERS.length + 1 : order;
      this.#lines.set(layer, lines);
      this.#scene.add(lines);
    }
  }

  /** @param antialias costs four times the pixels: not for adapters that compute on the CPU */
  static async create(
    canvas: HTMLCanvasElement,
    device: GPUDevice,
    { antialias }: { readonly antialias: boolean },
  ): Promise<PointScene> {
    const renderer = new WebGPURenderer({ canvas, device, antialias, alpha: false });
    // Errors and losses of the device are reported by its owner, once.
    const owner = device.onuncapturederror;
    renderer.onDeviceLost = () => undefined;
    renderer.onError = () => undefined;
    renderer.outputColorSpace = LinearSRGBColorSpace;
    await renderer.init();
    device.onuncapturederror = owner;
    return new PointScene(renderer, device);
  }

  /** CSS pixels, and device pixels per CSS pixel. */
  resize(width: number, height: number, ratio: number): void {
    this.#renderer.setPixelRatio(ratio);
    this.#renderer.setSize(width, height, false);
    this.#camera.aspect = width / height;
    this.#camera.updateProjectionMatrix();
  }

  setBackground([red, green, blue]: Rgb): void {
    this.#background.setRGB(red, green, blue);
    this.#fog.color.setRGB(red, green, blue);
  }

  setPoints(points: Points): void {
    const count = points.sizes.length;
    if (this.#attributes === null || this.#attributes.sizes.count < count) this.#grow(count);
    if (this.#attributes === null || this.#sprite === null) return;
    for (const key of ['places', 'colours', 'sizes'] as const) {
      const attribute = this.#attributes[key];
      attribute.array.set(points[key]);
      attribute.needsUpdate = true;
    }
    this.#sprite.count = count;
    this.#sprite.visible = count > 0;
  }

  /** Takes the place of all planes before. */
  setPlanes(planes: readonly Plane[]): void {
    this.#removePlanes();
    if (this.#disposed || this.#lost) return;
    this.#planes = planes.map(({ y, half, columns, rows, rgba, opacity }) => {
      const texture = new DataTexture(rgba, columns, rows, RGBAFormat);
      texture.magFilter = NearestFilter;
      texture.minFilter = NearestFilter;
      texture.needsUpdate = true;
      const material = new MeshBasicNodeMaterial({ map: texture, transparent: true, opacity });
      material.side = DoubleSide;
      material.depthWrite = false;
      material.fog = false;
      const mesh = new Mesh(new PlaneGeometry(half[0] * 2, half[1] * 2), material);
      // Lies flat, its first row at the back; three's textures begin at the bottom.
      mesh.rotation.x = Math.PI / 2;
      mesh.position.y = y;
      this.#scene.add(mesh);
      return mesh;
    });
  }

  #removePlanes(): void {
    for (const mesh of this.#planes.splice(0)) {
      this.#scene.remove(mesh);
      if (this.#lost) continue;
      mesh.geometry.dispose();
      const material = mesh.material as MeshBasicNodeMaterial;
      material.map?.dispose();
      material.dispose();
    }
  }

  setLines(layer: LineLayer, { places, colours, width }: Lines): void {
    const lines = this.#lines.get(layer);
    if (lines === undefined) return;
    lines.visible = places.length > 0;
    if (!lines.visible) return;
    const geometry = new LineSegmentsGeometry();
    geometry.setPositions(places);
    geometry.setColors(colours);
    lines.geometry.dispose();
    lines.geometry = geometry;
    lines.material.linewidth = width;
  }

  render(orbit: Orbit): void {
    if (this.#disposed || this.#lost) return;
    this.#camera.position.set(...position(orbit));
    this.#camera.lookAt(0, 0, 0);
    // Depth fades a little into the ground: it tells near from far.
    this.#fog.near = orbit.distance - 0.6;
    this.#fog.far = orbit.distance + 2.2;
    this.#renderer.render(this.#scene, this.#camera);
    (this.#renderer as unknown as Internals)._animation?.stop?.();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    (this.#renderer as unknown as Internals)._animation?.stop?.();
    this.#removePlanes();
    if (this.#lost) return;
    for (const lines of this.#lines.values()) {
      lines.geometry.dispose();
      lines.material.dispose();
    }
    this.#sprite?.material.dispose();
    void this.#renderer.dispose();
  }

  /** Room for at least `count` points; it doubles, so that typing does not build a new pipeline each time. */
  #grow(count: number): void {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(count, 256)));
    const attribute = (size: number) => new InstancedBufferAttribute(new Float32Array(capacity * size), size);
    this.#attributes = { places: attribute(3), colours: attribute(3), sizes: attribute(1) };
    const { places, colours, sizes } = this.#attributes;
    // Blended and yet not `transparent`: three draws all transparent things last, but marked lines go over points.
    const material = new PointsNodeMaterial({ sizeAttenuation: false, transparent: false });
    material.blending = CustomBlending;
    material.blendSrc = SrcAlphaFactor;
    material.blendDst = OneMinusSrcAlphaFactor;
    material.positionNode = instancedBufferAttribute<'vec3'>(places, 'vec3');
    material.colorNode = instancedBufferAttribute<'vec3'>(colours, 'vec3');
    const size = instancedBufferAttribute<'float'>(sizes, 'float');
    material.sizeNode = size;
    // A disc whose edge is one pixel soft.
    const radius = length(uv().sub(0.5)).mul(2);
    material.opacityNode = smoothstep(varying(size).reciprocal().mul(-3).add(1), 1, radius).oneMinus();
    material.alphaTest = 0.02;
    if (this.#sprite !== null) {
      this.#scene.remove(this.#sprite);
      this.#sprite.material.dispose();
    }
    this.#sprite = new Sprite(material);
    this.#sprite.frustumCulled = false;
    this.#sprite.renderOrder = LINE_LAYERS.length;
    this.#scene.add(this.#sprite);
  }
}
