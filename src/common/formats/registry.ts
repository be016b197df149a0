import type { Format } from './format.ts';
import { safetensorsFolder } from './safetensors/index.ts';

/** The formats that Headgate reads; the first that finds its files in a folder reads it. */
export const formats: readonly Format[] = [safetensorsFolder];
