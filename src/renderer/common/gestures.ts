/** What pointers do on a picture. Places are parts 0 … 1 of the element, and may lie outside while dragging. */
export interface Gestures {
  hover(x: number, y: number): void;
  leave(): void;
  /** A press and release in one place. */
  tap(x: number, y: number): void;
  /** A move with the button down, in parts of the element. */
  drag(dx: number, dy: number): void;
  /** Wheel or pinch: above 1 is closer. */
  zoom(factor: number, x: number, y: number): void;
}

/** Farther than this, in CSS pixels, a press is a drag. */
const DRAG = 4;

/** Hover, tap, drag, wheel and pinch on an element, for Svelte's `{@attach}`. */
export function gestures(handlers: Gestures): (element: HTMLElement) => () => void {
  return (element) => {
    const pointers = new Map<number, { x: number; y: number }>();
    let start: { x: number; y: number } | null = null;
    let dragging = false;
    const abort = new AbortController();
    const { signal } = abort;

    const part = (x: number, y: number): readonly [number, number] => {
      const box = element.getBoundingClientRect();
      return [(x - box.left) / box.width, (y - box.top) / box.height];
    };
    const spread = (): number => {
      const [a, b] = [...pointers.values()];
      return a === undefined || b === undefined ? 0 : Math.hypot(a.x - b.x, a.y - b.y);
    };

    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      start = { x: event.clientX, y: event.clientY };
      dragging = pointers.size > 1;
    };
    const move = (event: PointerEvent) => {
      const { clientX: x, clientY: y } = event;
      const last = pointers.get(event.pointerId);
      if (last === undefined || start === null) {
        handlers.hover(...part(x, y));
        return;
      }
      const before = spread();
      pointers.set(event.pointerId, { x, y });
      if (pointers.size > 1) {
        const [a, b] = [...pointers.values()];
        if (before > 0 && a !== undefined && b !== undefined)
          handlers.zoom(spread() / before, ...part((a.x + b.x) / 2, (a.y + b.y) / 2));
        return;
      }
      if (!dragging && Math.hypot(x - start.x, y - start.y) < DRAG) return;
      dragging = true;
      const box = element.getBoundingClientRect();
      handlers.drag((x - last.x) / box.width, (y - last.y) / box.height);
    };
    const up = (event: PointerEvent) => {
      if (pointers.delete(event.pointerId) && !dragging && event.type === 'pointerup')
        handlers.tap(...part(event.clientX, event.clientY));
      if (pointers.size === 0) start = null;
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      // Pinches on a touchpad arrive as small wheel steps with the control key.
      const speed = event.ctrlKey ? 0.01 : 0.0015;
      handlers.zoom(Math.exp(-event.deltaY * speed), ...part(event.clientX, event.clientY));
    };
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', up, { signal });
    element.addEventListener('pointerleave', () => handlers.leave(), { signal });
    element.addEventListener('wheel', wheel, { signal, passive: false });
    return () => abort.abort();
  };
}
