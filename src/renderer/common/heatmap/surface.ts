/** One frame to paint: the canvas's texture, its size in device pixels, and device pixels per CSS pixel. */
export interface Frame {
  readonly view: GPUTextureView;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
}

/**
 * A WebGPU canvas that follows its element's size pixel by pixel and is painted only when something changed and
 * somebody can see it.
 */
export class Surface {
  readonly format: GPUTextureFormat;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: GPUCanvasContext;
  readonly #paint: (frame: Frame) => void;
  readonly #resize: ResizeObserver;
  readonly #sight: IntersectionObserver;
  #request = 0;
  #visible = true;
  #dirty = false;
  #destroyed = false;

  /**
   * @param paint draws one frame and submits it
   * @param resized is told the new size before it is painted
   * @throws Error when the browser gives the canvas no WebGPU context.
   */
  constructor(
    canvas: HTMLCanvasElement,
    device: GPUDevice,
    paint: (frame: Frame) => void,
    resized?: (width: number, height: number, ratio: number) => void,
  ) {
    const context = canvas.getContext('webgpu');
    if (context === null) throw new Error('The browser gave a canvas no WebGPU context.');
    this.format = navigator.gpu.getPreferredCanvasFormat();
    this.#canvas = canvas;
    this.#context = context;
    this.#paint = paint;
    context.configure({ device, format: this.format, alphaMode: 'opaque' });

    const largest = device.limits.maxTextureDimension2D;
    this.#resize = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = deviceSize(entry);
      canvas.width = Math.min(Math.max(width, 1), largest);
      canvas.height = Math.min(Math.max(height, 1), largest);
      resized?.(canvas.width, canvas.height, this.ratio);
      // At once: a canvas is blank after its size is set.
      if (width > 0 && height > 0) this.paintNow();
    });
    this.#resize.observe(canvas, { box: 'device-pixel-content-box' });
    this.#sight = new IntersectionObserver(([entry]) => {
      this.#visible = entry?.isIntersecting ?? true;
      if (this.#visible && this.#dirty) this.invalidate();
    });
    this.#sight.observe(canvas);
  }

  /** Device pixels per CSS pixel, as the canvas has them now. */
  get ratio(): number {
    const width = this.#canvas.getBoundingClientRect().width;
    return width > 0 ? this.#canvas.width / width : window.devicePixelRatio;
  }

  /** Something changed: paint with the next frame; out of sight, once it is seen again. */
  invalidate(): void {
    this.#dirty = true;
    if (this.#request !== 0 || !this.#visible || this.#destroyed) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      this.paintNow();
    });
  }

  /** Paints now, so that the canvas can be copied in the same task. */
  paintNow(): void {
    if (this.#destroyed) return;
    this.#dirty = false;
    this.#paint({
      view: this.#context.getCurrentTexture().createView(),
      width: this.#canvas.width,
      height: this.#canvas.height,
      ratio: this.ratio,
    });
  }

  destroy(): void {
    this.#destroyed = true;
    cancelAnimationFrame(this.#request);
    this.#resize.disconnect();
    this.#sight.disconnect();
    this.#context.unconfigure();
  }
}

function deviceSize(entry: ResizeObserverEntry): { width: number; height: number } {
  const [exact] = entry.devicePixelContentBoxSize;
  if (exact !== undefined) return { width: exact.inlineSize, height: exact.blockSize };
  const ratio = window.devicePixelRatio;
  return {
    width: Math.round(entry.contentRect.width * ratio),
    height: Math.round(entry.contentRect.height * ratio),
  };
}
