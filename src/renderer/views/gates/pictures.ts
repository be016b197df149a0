/** Lanes over time, or how often each unit's gates stand at their ends. */
export const PICTURES = ['lanes', 'saturation'] as const;
export type Picture = (typeof PICTURES)[number];
