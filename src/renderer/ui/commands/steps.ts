import type { Command } from './command.ts';

export const stepCommands: readonly Command[] = [
  {
    id: 'step.keep',
    title: 'Keep this screen as a step',
    menu: 'View',
    shortcut: 'Mod+Shift+K',
    words: 'present story slide talk',
    when: ({ session }) => session.run !== null,
    run(workbench) {
      workbench.steps.keep();
      workbench.session.quiet = `Step ${workbench.steps.at + 1} of ${workbench.steps.list.length} is kept.`;
    },
  },
  {
    id: 'step.list',
    title: 'Steps…',
    menu: 'View',
    shortcut: 'Mod+Shift+P',
    words: 'order captions reorder delete slides story',
    run(workbench) {
      workbench.stepsShown = !workbench.stepsShown;
    },
  },
  {
    id: 'step.present',
    title: 'Present',
    menu: 'View',
    shortcut: 'F5',
    words: 'full screen room talk slides steps',
    // While a model is on its way as well: the key is the browser's own for loading the page again.
    when: ({ session }) => session.run !== null || ['starting', 'loading', 'running'].includes(session.phase),
    async run({ steps }) {
      // Where it is refused, the window itself is filled.
      await document.documentElement.requestFullscreen().catch(() => undefined);
      await steps.present();
    },
  },
];
