import type { Gpu } from '../../gpu/gpu.ts';
import type { Remarks } from '../../../common/configs/remarks.ts';
import type { LoadReport } from '../../../common/load-report.ts';
import type { LoadedModel, LoadProgress } from '../../models/family.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';

/** What a session needs of the GPU. */
export interface Device {
  /** For people. */
  readonly name: string;
  /** True on an adapter that computes on the CPU. */
  readonly isSoftware: boolean;
  /** GPU bytes held now. */
  bytes(): number;
  destroy(): void;
  /** The engine itself, for its panel; stand-ins have none. */
  readonly gpu?: Gpu;
}

/** What a session works with: the GPU, the families and the tokenizers. Tests give a stand-in. */
export interface Backend<D extends Device = Device> {
  /**
   * @param onLost called once when the device goes away without `destroy`
   * @param activationBudget GPU bytes that a run may keep beside its residual stream; left out: the engine's own
   * @throws HeadgateError `no-webgpu` or `no-gpu-adapter`
   */
  openDevice(onLost: (reason: string) => void, activationBudget?: number): Promise<D>;
  /** @throws HeadgateError as `createTokenizer`. */
  openTokenizer(source: WeightSource, signal: AbortSignal): Promise<Tokenizer>;
  /** @throws HeadgateError when no family takes the model, or as `Family.load`. */
  load(
    device: D,
    source: WeightSource,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ): Promise<{
    readonly loaded: LoadedModel;
    readonly family: string;
    /** What is true of the files and changes the outputs. */
    readonly remarks: Remarks;
    /** What was read of the files; left out: nothing is known of it. */
    readonly report?: LoadReport;
    /** Names of tensors that hold NaN or infinities; left out: none. */
    readonly invalid?: readonly string[];
  }>;
}
