/** `headgate capture`: what the renderer computes arrives in pieces and becomes a file. */
import type { CaptureHeader, CaptureJob } from '../../common/contract.ts';
import { AtomicFile } from '../files/atomic-file.ts';
import { commit } from '../files/check-target.ts';
import { pathError } from '../files/system-error.ts';
import { quote } from '../../common/error.ts';
import { planSafetensors, type PlacedTensor } from '../../common/formats/safetensors/writer.ts';
import { JobSession, outOfOrder } from './job-session.ts';

/** What is to be captured; the model is the one that the host starts with. */
export type CaptureRequest = Omit<CaptureJob, 'model'>;

/** What a capture came to. */
export interface CaptureResult {
  readonly file: string;
  readonly tensors: number;
  readonly bytes: number;
  /** What is true of the model's files and changes the outputs, a sentence each. */
  readonly remarks: readonly string[];
  /** What users must know of the run, such as values that are no numbers; left out: nothing. */
  readonly warning?: string;
}

interface Writing {
  readonly file: AtomicFile;
  readonly tensors: readonly PlacedTensor[];
  /** Bytes of each tensor that are written. */
  readonly done: number[];
  readonly bytes: number;
  readonly remarks: readonly string[];
  readonly warning: string | undefined;
}

export class CaptureSession extends JobSession<CaptureResult> {
  private writing: Writing | null = null;

  /**
   * @param target the file to write; an existing one is replaced only with `overwrite`
   * @param about what its metadata hold beside what the renderer says
   */
  constructor(
    job: CaptureRequest,
    private readonly target: string,
    private readonly overwrite: boolean,
    private readonly about: Readonly<Record<string, string>> = {},
  ) {
    super(job);
  }

  /** @throws HeadgateError `job-order` when a capture has begun or ended already. */
  override async begin({ metadata, tensors }: CaptureHeader): Promise<void> {
    if (this.writing !== null || this.hasEnded) throw outOfOrder('The capture has begun already.');
    const plan = planSafetensors(
      { ...metadata, ...this.about },
      tensors.map(({ name, shape, dtype = 'F32' }) => ({ name, shape, dtype })),
    );
    const file = await this.io(AtomicFile.create(this.target));
    if (this.hasEnded) {
      await file.discard();
      throw outOfOrder('The capture has ended.');
    }
    this.writing = {
      file,
      tensors: plan.tensors,
      done: plan.tensors.map(() => 0),
      bytes: plan.size,
      remarks: remarksIn(metadata),
      warning: metadata['warning'],
    };
    await this.io(file.write(plan.header, 0));
  }

  /**
   * Takes the next bytes of a tensor.
   * @throws HeadgateError `job-order` when they are not the next ones.
   */
  override async write(index: number, offset: number, bytes: Uint8Array): Promise<void> {
    const writing = this.writing;
    const tensor = writing?.tensors[index];
    if (writing === null || this.hasEnded) throw outOfOrder('No capture has begun.');
    if (tensor === undefined) throw outOfOrder(`The capture has no tensor ${index}.`);
    const where = quote(tensor.name);
    if (writing.done[index] !== offset) throw outOfOrder(`Bytes of ${where} come out of order.`);
    if (tensor.begin + offset + bytes.length > tensor.end)
      throw outOfOrder(`There are too many bytes of ${where}.`);
    writing.done[index] = offset + bytes.length;
    await this.io(writing.file.write(bytes, tensor.begin + offset));
  }

  protected override assertWhole(): void {
    const { writing } = this;
    if (writing === null) throw outOfOrder('No capture has begun.');
    const short = writing.tensors.find(({ begin, end }, index) => writing.done[index] !== end - begin);
    if (short !== undefined) throw outOfOrder(`Bytes of ${quote(short.name)} are missing.`);
  }

  protected override async keep(): Promise<CaptureResult> {
    const { writing } = this;
    if (writing === null) throw outOfOrder('No capture has begun.');
    await commit(writing.file, this.target, this.overwrite);
    const { tensors, bytes, remarks, warning } = writing;
    return {
      ...{ file: this.target, tensors: tensors.length, bytes, remarks },
      ...(warning === undefined ? {} : { warning }),
    };
  }

  protected override async discard(): Promise<void> {
    await this.writing?.file.discard();
  }

  private async io<T>(action: Promise<T>): Promise<T> {
    try {
      return await action;
    } catch (cause) {
      const error = pathError(this.target, cause, 'written');
      await this.fail(error);
      throw error;
    }
  }
}

/** The sentences that the renderer put into the file's metadata: of the model's files, and of the text. */
function remarksIn({ remarks, text_notes: notes }: CaptureHeader['metadata']): readonly string[] {
  return [remarks, notes].flatMap((list = '[]') => {
    const sentences: unknown = JSON.parse(list);
    return Array.isArray(sentences) ? sentences.map(String) : [];
  });
}
