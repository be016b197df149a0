/** What a lost device looks like to those that waited for it. */
import { HeadgateError } from '../../common/error.ts';

/** The loss is told a little later than what fails by it, ms. */
const LATER = 100;

/** The device is gone. @param reason the browser's words; null: it was closed */
export function deviceLost(reason: string | null): HeadgateError {
  return new HeadgateError(
    'device-lost',
    `The graphics device was lost (${reason ?? 'it was closed'}).`,
    'Headgate starts it again and repeats the run; if that fails, restart the app.',
  );
}

/** Why work on a device failed: its loss, whatever the browser said of it; else what was thrown. */
export async function lossOr(device: Pick<GPUDevice, 'lost'>, thrown: unknown): Promise<unknown> {
  if (thrown instanceof HeadgateError || (thrown instanceof Error && thrown.name === 'AbortError'))
    return thrown;
  const none = new Promise<null>((resolve) => setTimeout(() => resolve(null), LATER));
  const loss = await Promise.race([device.lost, none]);
  return loss === null ? thrown : deviceLost(loss.message || 'the device was lost');
}
