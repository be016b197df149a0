import { isAppPage } from './scheme.ts';

/** The part of Electron's WebFrameMain that says who sent a message. */
export interface Frame {
  readonly url: string;
  readonly parent: unknown;
}

/** Whether a message comes from the app's page itself: not from a frame inside it, nor from one that is gone. */
export function isTrustedSender(frame: Frame | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isAppPage(frame.url);
}
