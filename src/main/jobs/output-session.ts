import { JobSession, outOfOrder, type JobRequest } from './job-session.ts';

/** The most bytes that a job without tensors may give. */
const MOST = 1024 ** 3;

/** A job that gives bytes, such as a figure. */
export class OutputSession<Result> extends JobSession<Result> {
  private readonly pieces: Uint8Array[] = [];
  private size = 0;

  /** @param deliver takes the bytes once all are there */
  constructor(
    job: JobRequest,
    private readonly deliver: (bytes: Uint8Array) => Promise<Result>,
  ) {
    super(job);
  }

  override output(offset: number, bytes: Uint8Array): Promise<void> {
    this.assertOpen();
    if (offset !== this.size) throw outOfOrder('Bytes of the output come out of order.');
    if (offset + bytes.length > MOST) throw outOfOrder('The output is too large.');
    this.pieces.push(bytes);
    this.size += bytes.length;
    return Promise.resolve();
  }

  protected override assertWhole(): void {
    if (this.size === 0) throw outOfOrder('The job gave nothing.');
  }

  protected override keep(): Promise<Result> {
    return this.deliver(Buffer.concat(this.pieces));
  }

  protected override discard(): Promise<void> {
    this.pieces.length = 0;
    return Promise.resolve();
  }
}
