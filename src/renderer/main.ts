import { toApiError } from '../common/error.ts';
import { Api } from './api.ts';
import { sessionFetch } from './host-session.ts';

/** Opens the window, or does the job that the window was started for. */
async function start(): Promise<void> {
  const api = new Api(await sessionFetch());
  const state = api.state();
  // A window without a window: started for a job, it needs no shell.
  if (await state.then(({ job }) => job).catch(() => false)) {
    const { runJob } = await import('./job/job.ts');
    await runJob(api);
  } else {
    const { openShell } = await import('./ui/open-shell.ts');
    await openShell(api, state);
  }
}

/** The last resort, when not even the shell could be opened: its files did not arrive, or it has a defect. */
start().catch((error: unknown) => {
  console.error(error);
  document.documentElement.dataset['state'] = 'error';
  document.body.textContent = `Headgate could not open its window. ${toApiError(error).message} Reload the page, or start Headgate again.`;
});
