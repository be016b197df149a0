import { createContext } from 'svelte';
import type { Workbench } from '../state/window/workbench.svelte.ts';

/** The workbench of the window, for every component below `App`. */
export const [workbench, provideWorkbench] = createContext<Workbench>();
