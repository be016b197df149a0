import { Api } from './api.ts';

const api = new Api();
const state = api.state();

// A window without a window: started for `headgate capture`, it needs no shell.
if (await state.then(({ job }) => job).catch(() => false)) {
  const { runCaptureJob } = await import('./job/capture-job.ts');
  await runCaptureJob(api);
} else {
  const { openShell } = await import('./ui/open-shell.ts');
  await openShell(api, state);
}
