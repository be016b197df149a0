import { openFolder } from '../drop/open-folder.ts';
import type { Command } from './command.ts';

export const fileCommands: readonly Command[] = [
  {
    id: 'file.open-folder',
    title: 'Open folder…',
    menu: 'File',
    shortcut: 'Mod+O',
    words: 'model weights safetensors load',
    run: (workbench) => openFolder(workbench, workbench.session),
  },
  {
    id: 'file.switch-model',
    title: 'Switch model…',
    menu: 'File',
    shortcut: 'Mod+Shift+M',
    words: 'library recent open',
    when: ({ slots }) => slots.shelf.models.length > 0,
    run: (workbench) => {
      workbench.palette = 'models';
    },
  },
  {
    id: 'file.config',
    title: 'Config of the model…',
    menu: 'File',
    words: 'recognised model_type correct json settings architecture',
    when: ({ session }) => session.model !== null,
    run: (workbench) => {
      workbench.config = true;
    },
  },
  {
    id: 'file.report',
    title: 'What was read of the model…',
    menu: 'File',
    words: 'load report files names prefix tied dtype left out assumptions transposed',
    when: ({ session }) => session.model !== null,
    run: (workbench) => {
      workbench.report = true;
    },
  },
  {
    id: 'file.tensors',
    title: 'Tensors of the model…',
    menu: 'File',
    shortcut: 'Alt+T',
    words: 'weights histogram statistics shapes names compare difference singular values heatmap',
    when: ({ session }) => session.model !== null,
    run: (workbench) => {
      workbench.tensors = true;
    },
  },
  {
    id: 'file.cancel-loading',
    title: 'Cancel loading',
    menu: 'File',
    words: 'stop abort',
    when: ({ session }) => session.loading !== null,
    run: ({ session }) => session.cancelLoading(),
  },
];
