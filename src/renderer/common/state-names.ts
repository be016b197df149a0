/**
 * What `hidden_states.<layer>` is, for people: the same words in every view and in the inspector.
 * @param count states of the stack: its layers and one
 */
export function stateWords(layer: number, count: number): string {
  if (layer === 0) return 'embeddings';
  return layer === count - 1 ? `after L${layer - 1}, the last` : `after L${layer - 1}`;
}
