/** Windows on the app: one that the user sees, and one that nobody sees. */
import { appWindowFlags, headlessFlags } from '../browser.mjs';
import { HeadgateError } from '../../common/error.ts';
import { chooseHeadless, hasDisplay } from './choose-host.mjs';
import { startChromium, type Page } from './chromium.ts';
import { startElectron } from './electron-process.ts';
import { BROWSER_HINT, installedBrowser, obtainBrowser } from './obtain-browser.mjs';
import { findElectron } from './obtain-electron.mjs';
import type { Opening } from './opening.ts';
import { temporaryProfile, windowProfile, type Profile } from './profile.ts';

/**
 * Opens the app as a window of its own, without tabs or an address bar.
 * @param program path of a Chromium-family browser
 */
export function openAppWindow(program: string, { waiting, address }: Opening): Page {
  const profile = windowProfile(program);
  const size = profile.fresh ? ['--window-size=1280,800'] : [];
  const page = startChromium(program, [...size, ...appWindowFlags({ url: waiting, profile: profile.path })], {
    address,
  });
  return releasing(page, profile);
}

/**
 * Runs a page unseen, in a browser that is obtained when none is installed. Its profile is temporary.
 * @throws HeadgateError `no-browser`
 */
export async function launchHeadless({ waiting, address }: Opening): Promise<Page> {
  const choice = await chooseHeadless({
    display: hasDisplay(),
    installed: installedBrowser,
    electron: findElectron,
    browser: obtainBrowser,
  });
  if (choice === null)
    throw new HeadgateError('no-browser', 'No Chromium-family browser is there to compute in.', BROWSER_HINT);
  const profile = temporaryProfile(choice.program);
  const page =
    choice.host === 'browser'
      ? startChromium(choice.program, headlessFlags({ url: waiting, profile: profile.path }), {
          endOnCrash: true,
          address,
        })
      : startElectron(
          choice.program,
          { model: null, hidden: waiting },
          {
            switches: [`--user-data-dir=${profile.path}`],
            address,
          },
        );
  return releasing(page, profile);
}

/** The same page; its end also gives the profile back. */
function releasing(page: Page, profile: Profile): Page {
  const ended = page.ended.then((ending) => {
    profile.release();
    return ending;
  });
  return {
    ended,
    async close() {
      await page.close();
      await ended;
    },
  };
}
