/**
 * What only some runs have, by name. A facet is a file in `facets/`, which adds its name and its type here:
 *
 *     declare module '../facet.ts' {
 *       interface Facets { readonly search: readonly SearchNode[] }
 *     }
 *
 * A model gives a facet to its runs; whoever wants it asks `run.facet('search')`, and gets null where there is none.
 */
// Filled by the facets' own files.
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Facets {}

/** The facets that a model gives to a run; what is left out or null, the run does not have. */
export type GivenFacets = { readonly [Name in keyof Facets]?: Facets[Name] | null };

/** How a run answers for the facets that it was given. */
export function facetsOf(given: GivenFacets): <Name extends keyof Facets>(name: Name) => Facets[Name] | null {
  return (name) => (given as { readonly [Name in keyof Facets]?: Facets[Name] | null })[name] ?? null;
}
