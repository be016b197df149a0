import { allowsDownload, allowsNavigation, allowsRequest, opensOutside } from './navigation.ts';
import { grantsPermission } from './permissions.ts';
import { parseUrl } from './scheme.ts';

/** What the pages of one start may do; addresses are those that a page asks for. */
export interface Rules {
  navigates(address: string): boolean;
  requests(address: string): boolean;
  downloads(address: string): boolean;
  opensOutside(address: string): boolean;
  /** @param asking address or origin of the page that asks */
  grants(permission: string, asking: string): boolean;
}

/** The app's own window. */
const APP_RULES: Rules = {
  navigates: allowsNavigation,
  requests: allowsRequest,
  downloads: allowsDownload,
  opensOutside,
  grants: grantsPermission,
};

/**
 * The rules of a start.
 * @param hidden address of the loopback host whose page runs unseen: it talks to that host and does nothing else
 * @param devServer address of the development server, which also serves the app's scripts and tells of changes
 */
export function rulesOf({
  hidden,
  devServer,
}: {
  readonly hidden: string | null;
  readonly devServer: string | null;
}): Rules {
  const never = () => false;
  if (hidden !== null)
    return {
      navigates: never,
      requests: (address) => isSameHost(address, hidden),
      downloads: never,
      opensOutside: never,
      grants: never,
    };
  if (devServer === null) return APP_RULES;
  return { ...APP_RULES, requests: (address) => allowsRequest(address) || isSameHost(address, devServer) };
}

/** True when two addresses have one host and port; `blob:` addresses count with the page that made them. */
function isSameHost(address: string, other: string): boolean {
  const url = parseUrl(address.replace(/^blob:/, ''));
  return url !== null && url.host !== '' && url.host === parseUrl(other)?.host;
}
