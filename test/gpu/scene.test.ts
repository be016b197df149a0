import { expect, test } from 'vitest';
import { fitted } from '../../src/renderer/scene/orbit.ts';
import { PointScene } from '../../src/renderer/scene/scene.ts';
import { testGpu } from '../helpers/gpu.ts';

const gpu = await testGpu();

/** The canvas's pixels; call in the task that rendered. */
function pixels(canvas: HTMLCanvasElement): (x: number, y: number) => readonly number[] {
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext('2d');
  if (context === null) throw new Error('no 2D canvas');
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return (x, y) => [...data.subarray((y * canvas.width + x) * 4, (y * canvas.width + x) * 4 + 3)];
}

const near = (colour: readonly number[], wanted: readonly number[]) =>
  colour.every((channel, i) => Math.abs(channel - (wanted[i] ?? NaN)) <= 4);

test.each([false, true])(
  'draws points and lines in their own colours on a device of ours (antialias %s)',
  async (antialias) => {
    const { device } = gpu;
    const listener = () => undefined;
    device.onuncapturederror = listener;
    const canvas = document.createElement('canvas');
    document.body.append(canvas);
    const scene = await PointScene.create(canvas, device, { antialias });
    expect(device.onuncapturederror).toBe(listener);
    scene.resize(200, 100, 1);
    scene.setBackground([0.2, 0.4, 0.6]);
    scene.setPoints({
      places: Float32Array.of(0, 0, 0.5, 9, 9, 9),
      colours: Float32Array.of(1, 0, 0, 1, 1, 1),
      sizes: Float32Array.of(20, 0),
    });
    scene.setLines('marked', {
      places: Float32Array.of(-0.5, 0.3, 0, 0.5, 0.3, 0),
      colours: Float32Array.of(0, 1, 0, 0, 1, 1),
      width: 6,
    });
    const orbit = { ...fitted([0.5, 0.5, 0.5], 2), yaw: 0, pitch: 0 };
    scene.render(orbit);
    const at = pixels(canvas);
    expect(near(at(2, 2), [51, 102, 153])).toBe(true);
    expect(near(at(100, 50), [255, 0, 0])).toBe(true);
    const column = Array.from({ length: 100 }, (_, y) => at(100, y));
    // Half way from green to cyan.
    expect(column.filter((colour) => near(colour, [0, 255, 128])).length).toBeGreaterThanOrEqual(4);
    const reds = column.filter((colour) => near(colour, [255, 0, 0])).length;
    expect(reds).toBeGreaterThanOrEqual(15);
    expect(reds).toBeLessThanOrEqual(22);

    // Marked lines go over points, even over nearer ones; other lines do not.
    const nearer = {
      places: Float32Array.of(0, 0.2, 0.5),
      colours: Float32Array.of(1, 0, 0),
      sizes: Float32Array.of(60),
    };
    scene.setPoints(nearer);
    scene.render(orbit);
    const over = pixels(canvas);
    const greens = () =>
      Array.from({ length: 100 }, (_, y) => over(100, y)).filter((colour) => near(colour, [0, 255, 128]));
    expect(greens().length).toBeGreaterThanOrEqual(4);

    // More points than there was room for, no lines, another colour: the picture follows.
    const count = 300;
    scene.setPoints({
      places: new Float32Array(count * 3),
      colours: Float32Array.from({ length: count * 3 }, (_, i) => (i % 3 === 2 ? 1 : 0)),
      sizes: new Float32Array(count).fill(30),
    });
    scene.setLines('marked', {
      places: new Float32Array(),
      colours: new Float32Array(),
      width: 1,
    });
    scene.render(orbit);
    const after = pixels(canvas);
    expect(after(100, 50)[2]).toBeGreaterThan(200);
    expect(after(100, 50)[0]).toBeLessThan(40);
    for (let y = 0; y < 100; y++) expect(near(after(100, y), [0, 255, 128])).toBe(false);

    scene.dispose();
    scene.render(orbit);
    canvas.remove();
    device.onuncapturederror = null;
    await gpu.idle();
    expect(gpu.isLost).toBe(false);
  },
);
