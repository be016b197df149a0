import { coordinate, formatPercent } from '../../common/numbers.ts';
import type { SearchNode } from '../../runs/run.ts';
import { laneY, linkPath, NODE, type BeamTree } from './tree.ts';

/** The colours of a picture, as CSS writes them. */
export interface Paint {
  readonly ground: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
}

/** The tree as SVG. */
export function beamsSvg({ nodes, width, height }: BeamTree, paint: Paint): string {
  const links = nodes.flatMap((to) => {
    const from = to.node.parent === null ? undefined : nodes[to.node.parent];
    if (from === undefined) return [];
    const colour = to.node.chosen ? paint.accent : paint.line;
    return [
      `<path d="${linkPath(from, to)}" fill="none" stroke="${colour}" stroke-width="${coordinate(1 + 3 * to.share, 1)}"/>`,
    ];
  });
  const boxes = nodes.map(({ node, label, share, x, width: room, lane, isDropped }) => {
    const y = laneY(lane);
    const dash = isDropped ? ' stroke-dasharray="3 3"' : '';
    const edge = node.chosen ? paint.accent : paint.line;
    return [
      `<rect x="${x}" y="${y - NODE / 2}" width="${room}" height="${NODE}" rx="5" fill="${paint.ground}" stroke="${edge}"${dash}/>`,
      `<text x="${x + 7}" y="${y + 4}" fill="${paint.text}" font-family="monospace" font-size="12">${escaped(label)}</text>`,
      `<text x="${x + room - 6}" y="${y + 4}" fill="${paint.quiet}" font-size="11" text-anchor="end">${formatPercent(share)}</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif">`,
    `<rect width="100%" height="100%" fill="${paint.ground}"/>`,
    ...links,
    ...boxes,
    '</svg>',
  ].join('\n');
}

/** Every node, a row each. */
export function beamsTable(search: readonly SearchNode[]): (string | number)[][] {
  return [
    ['index', 'parent', 'step', 'id', 'token', 'log_probability', 'finished', 'chosen'],
    ...search.map(({ parent, step, token, logProbability, finished, chosen }, index) => [
      ...[index, parent ?? '', step, token.id, token.text, logProbability],
      ...[String(finished), String(chosen)],
    ]),
  ];
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
