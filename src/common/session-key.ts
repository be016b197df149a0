/**
 * Over loopback every request for data carries the key of the launch in this header. The page gets it once, in the
 * fragment of its first address (`#session=KEY`).
 */
export const SESSION_HEADER = 'X-Headgate-Session';
export const SESSION_FRAGMENT = 'session';
