import { cssColour, type Rgb } from '../../common/heatmap/scale.ts';
import { saveCsv, savePng } from '../../common/download.ts';
import type { Fit } from './fit.svelte.ts';
import { markOf } from './geometry.ts';
import type { Label } from './labels.ts';

/** Saves the scene as it is seen, with its labels. @param draw makes the canvas's frame current */
export async function saveTrajectoryPng(
  name: string,
  canvas: HTMLCanvasElement,
  draw: () => void,
  labels: readonly Label[],
  text: Rgb,
): Promise<void> {
  await savePng(`${name} trajectory`, canvas.width, canvas.height, (context) => {
    // In one task: a WebGPU canvas can be read only while its frame is current.
    draw();
    context.drawImage(canvas, 0, 0);
    const ratio = canvas.width / canvas.clientWidth;
    context.scale(ratio, ratio);
    context.fillStyle = cssColour(text);
    context.font = '13px monospace';
    context.textBaseline = 'middle';
    for (const label of labels) context.fillText(label.text, label.x + 10, label.y);
  });
}

/** Saves the places of all points along the axes. */
export function saveTrajectoryCsv({ coordinates, run, places }: Fit): void {
  const rows = Array.from({ length: places.length / 3 }, (_, index) => {
    const { state, token } = markOf(coordinates, index);
    return [
      `hidden_states.${state}`,
      token,
      run.tokens[token]?.text ?? '',
      ...coordinates.places.subarray(index * 3, index * 3 + 3),
    ];
  });
  saveCsv(`${run.model.name} trajectory`, [['state', 'position', 'token', 'pc1', 'pc2', 'pc3'], ...rows]);
}
