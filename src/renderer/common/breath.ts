/** Lets the window draw and listen before work goes on. @throws the signal's reason */
export async function breath(signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
  signal?.throwIfAborted();
}
