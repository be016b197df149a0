/** Ctrl+C, a closed terminal, or an end that somebody else asks for. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Resolves at the first signal to end. A second one ends the process at once, as without this.
 * `dispose` when nobody waits any more.
 */
export function untilInterrupted(): { readonly interrupted: Promise<void>; dispose(): void } {
  let dispose = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => {
    const listener = () => {
      dispose();
      resolve();
    };
    dispose = () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
    for (const signal of SIGNALS) process.on(signal, listener);
  });
  return { interrupted, dispose: () => dispose() };
}
