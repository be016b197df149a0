import { between, fitted, projector, type Orbit, type Projected, type Point } from '../../scene/orbit.ts';
import { PointScene } from '../../scene/scene.ts';

/** Milliseconds of a camera's way back. */
const FLIGHT = 260;

/**
 * The canvas of a scene and its camera: follows its element's size, draws with the next frame when something changed,
 * and only while somebody can see it.
 */
export class Stage {
  orbit = $state.raw<Orbit>(fitted([0.5, 0.5, 0.5], 1));
  size = $state.raw({ width: 0, height: 0 });
  scene = $state.raw<PointScene | null>(null);

  #request = 0;
  #flight = 0;
  #visible = true;
  #dirty = false;

  /** Parts of the screen for a place in the scene. */
  get project(): (point: Point) => Projected {
    return projector(this.orbit, this.size.width / Math.max(this.size.height, 1));
  }

  /**
   * Opens a scene on a canvas.
   * @returns what ends it
   */
  open(
    canvas: HTMLCanvasElement,
    device: GPUDevice,
    antialias: boolean,
    failed: (error: unknown) => void,
  ): () => void {
    let closed = false;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = canvas;
      this.size = { width, height };
      if (width === 0 || height === 0) return;
      this.scene?.resize(width, height, Math.min(window.devicePixelRatio, 2));
      // At once: a canvas is blank after its size is set.
      this.#draw();
    };
    const resize = new ResizeObserver(measure);
    const sight = new IntersectionObserver(([entry]) => {
      this.#visible = entry?.isIntersecting ?? true;
      if (this.#visible && this.#dirty) this.invalidate();
    });
    PointScene.create(canvas, device, { antialias }).then(
      (scene) => {
        if (closed) return scene.dispose();
        this.scene = scene;
        resize.observe(canvas);
        sight.observe(canvas);
      },
      (error: unknown) => {
        if (!closed) failed(error);
      },
    );
    return () => {
      closed = true;
      cancelAnimationFrame(this.#request);
      cancelAnimationFrame(this.#flight);
      this.#request = 0;
      resize.disconnect();
      sight.disconnect();
      this.scene?.dispose();
      this.scene = null;
    };
  }

  /** Something changed: draw with the next frame; out of sight, once it is seen again. */
  invalidate(): void {
    this.#dirty = true;
    if (this.#request !== 0 || !this.#visible) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      this.#draw();
    });
  }

  /** Draws now, so that the canvas can be copied in the same task. */
  drawNow(): void {
    this.#draw();
  }

  look(orbit: Orbit): void {
    cancelAnimationFrame(this.#flight);
    this.orbit = orbit;
    this.invalidate();
  }

  /** Moves the camera there; at once where motion is unwelcome. */
  flyTo(to: Orbit): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return this.look(to);
    cancelAnimationFrame(this.#flight);
    const from = this.orbit;
    const start = performance.now();
    const step = (now: number) => {
      const part = Math.min(Math.max((now - start) / FLIGHT, 0), 1);
      this.orbit = between(from, to, 1 - (1 - part) ** 3);
      this.#draw();
      if (part < 1) this.#flight = requestAnimationFrame(step);
    };
    this.#flight = requestAnimationFrame(step);
  }

  #draw(): void {
    if (this.scene === null || this.size.width === 0) return;
    this.#dirty = false;
    this.scene.render(this.orbit);
  }
}
