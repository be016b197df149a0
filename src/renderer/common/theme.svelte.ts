import { createSubscriber } from 'svelte/reactivity';
import { parseRgb, type Rgb } from './heatmap/scale.ts';

/** The window's colours as numbers, for what is drawn on a canvas. Reading one makes an effect follow the theme. */
export class Theme {
  readonly #subscribe = createSubscriber((update) => {
    const changes = new MutationObserver(update);
    changes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', update);
    return () => {
      changes.disconnect();
      system.removeEventListener('change', update);
    };
  });
  // Colours that were read once: what follows the theme is the subscription, not this.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #parsed = new Map<string, Rgb>();

  /** Whether marks stand on a dark or on a light ground. */
  get ground(): 'light' | 'dark' {
    const [red, green, blue] = this.colour('--surface-1');
    return red * 0.299 + green * 0.587 + blue * 0.114 < 0.5 ? 'dark' : 'light';
  }

  /** A colour of the design tokens, e.g. `--accent`. */
  colour(token: string): Rgb {
    this.#subscribe();
    const css = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
    const known = this.#parsed.get(css);
    if (known !== undefined) return known;
    const parsed = resolve(css);
    this.#parsed.set(css, parsed);
    return parsed;
  }
}

/** Any CSS colour as the browser paints it. */
function resolve(css: string): Rgb {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (context === null) return parseRgb(css);
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return [red / 255, green / 255, blue / 255];
}
