import { reshape } from '../../gpu/tensor.ts';
import { cosines } from '../../kernels/analysis/cosine.ts';
import type { Run } from '../../runs/run.ts';

const EMBEDDING = 'sentence_embedding';

/** True for runs of models that make one vector of a text. */
export function hasEmbedding(run: Run | null): boolean {
  return run?.activations.has(EMBEDDING) === true;
}

/**
 * Cosine of the angle between the sentence embeddings [D] of two runs of one model, from −1 to 1.
 * @throws AbortError when one of the runs is disposed of meanwhile.
 */
export async function similarityOf(a: Run, b: Run): Promise<number> {
  const { gpu } = a;
  const [first, second] = [a.activations.get(EMBEDDING), b.activations.get(EMBEDDING)];
  if (first === undefined || second === undefined) throw new Error('A run has no sentence embedding.');
  const releases: (() => void)[] = [];
  const keep = <Held extends { release(): void }>(held: Held): Held => {
    releases.push(() => held.release());
    return held;
  };
  try {
    const { tensor: matrix } = keep(await first.lease());
    const { tensor: vector } = keep(await second.lease());
    const target = gpu.tensor([1], 'similarity', 'scratch');
    releases.push(() => gpu.release(target));
    const row = reshape(matrix, [1, ...matrix.shape]);
    await gpu.submit('similarity', (recorder) => cosines(recorder, row, vector, target));
    const [cosine = 0] = await gpu.read(target);
    return cosine;
  } finally {
    for (const release of releases) release();
  }
}
