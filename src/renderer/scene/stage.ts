import { START, type Orbit } from './orbit.ts';
import { PointScene } from './scene.ts';

/** Milliseconds of a preparation that the drawing of the same frame may follow. */
const FRAME = 8;

/**
 * The canvas of a scene: follows its element's size, draws with the next frame when something changed, and only while
 * somebody can see it.
 */
export class Stage {
  #scene: PointScene | null = null;
  #orbit: Orbit = { ...START, distance: 4 };
  #size = { width: 0, height: 0 };
  #request = 0;
  #visible = true;
  #dirty = false;
  #prepare: (() => void) | null = null;

  /**
   * Opens a scene on a canvas.
   * @param events `sized`: in CSS pixels; `opened`: from now on the scene takes points
   * @returns what ends it
   */
  open(
    canvas: HTMLCanvasElement,
    device: GPUDevice,
    antialias: boolean,
    events: {
      sized(size: { readonly width: number; readonly height: number }): void;
      opened(scene: PointScene | null): void;
      failed(error: unknown): void;
    },
  ): () => void {
    let closed = false;
    const resize = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = canvas;
      this.#size = { width, height };
      events.sized(this.#size);
      if (width === 0 || height === 0) return;
      this.#scene?.resize(width, height, Math.min(window.devicePixelRatio, 2));
      // At once: a canvas is blank after its size is set.
      this.#draw();
    });
    const sight = new IntersectionObserver(([entry]) => {
      this.#visible = entry?.isIntersecting ?? true;
      if (this.#visible && this.#dirty) this.invalidate();
    });
    PointScene.create(canvas, device, { antialias }).then(
      (scene) => {
        if (closed) return scene.dispose();
        this.#scene = scene;
        events.opened(scene);
        resize.observe(canvas);
        sight.observe(canvas);
      },
      (error: unknown) => {
        if (!closed) events.failed(error);
      },
    );
    return () => {
      closed = true;
      cancelAnimationFrame(this.#request);
      this.#request = 0;
      this.#prepare = null;
      resize.disconnect();
      sight.disconnect();
      this.#scene?.dispose();
      this.#scene = null;
      events.opened(null);
    };
  }

  /**
   * Something changed: draw with the next frame; out of sight, once it is seen again.
   * @param prepare what is dear and can wait until then, in place of what was to be prepared before
   */
  invalidate(prepare?: () => void): void {
    this.#dirty = true;
    this.#prepare = prepare ?? this.#prepare;
    if (this.#request !== 0 || !this.#visible) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      this.#draw();
    });
  }

  look(orbit: Orbit): void {
    this.#orbit = orbit;
    this.invalidate();
  }

  #draw(): void {
    if (this.#scene === null || this.#size.width === 0) return;
    if (this.#isPreparing()) return this.invalidate();
    this.#dirty = false;
    this.#scene.render(this.#orbit);
  }

  /** Prepares what is to be. @returns whether that took so long that the drawing is left to the next frame */
  #isPreparing(): boolean {
    const prepare = this.#prepare;
    if (prepare === null) return false;
    this.#prepare = null;
    const began = performance.now();
    prepare();
    return performance.now() - began > FRAME;
  }
}
