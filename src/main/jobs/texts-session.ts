/** `headgate capture --texts`: one text after another, each with a file of its own, by one model that stays loaded. */
import type { ApiError, CaptureHeader } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { CaptureSession, type CaptureRequest, type CaptureResult } from './capture-session.ts';
import { Deferred, outOfOrder, type RunningJob } from './job-session.ts';

/** One text and its file. */
export interface TextJob {
  readonly request: CaptureRequest;
  readonly target: string;
  readonly overwrite: boolean;
  /** What the file's metadata hold beside what the renderer says. */
  readonly about: Readonly<Record<string, string>>;
}

/** What became of a text. */
export type TextEnd =
  | { readonly kind: 'written'; readonly job: TextJob; readonly result: CaptureResult }
  | { readonly kind: 'failed'; readonly job: TextJob; readonly error: HeadgateError };

export class TextsSession implements RunningJob<readonly TextEnd[]> {
  private at = 0;
  private current: CaptureSession | null = null;
  private isOver = false;
  private readonly ends: TextEnd[] = [];
  private readonly called = new Deferred<undefined>();
  private readonly settled = new Deferred<readonly TextEnd[]>();

  /**
   * @param jobs at least one
   * @param onEnd told of each text when it is done
   */
  constructor(
    private readonly jobs: readonly TextJob[],
    private readonly onEnd: (end: TextEnd, done: number) => void,
  ) {
    // Whoever waits hears of a failure; nobody has to.
    this.settled.promise.catch(() => undefined);
  }

  get started(): Promise<undefined> {
    return this.called.promise;
  }

  get result(): Promise<readonly TextEnd[]> {
    return this.settled.promise;
  }

  /** What is done so far. */
  get done(): readonly TextEnd[] {
    return this.ends;
  }

  /** The next text. @throws HeadgateError `job-order` after the last one */
  take(): CaptureRequest {
    this.called.resolve(undefined);
    const job = this.job();
    this.current ??= new CaptureSession(job.request, job.target, job.overwrite, job.about);
    return { ...job.request, more: this.at + 1 < this.jobs.length };
  }

  note(sentences: readonly string[]): void {
    this.session().note(sentences);
  }

  begin(header: CaptureHeader): Promise<void> {
    return this.session().begin(header);
  }

  write(index: number, offset: number, bytes: Uint8Array): Promise<void> {
    return this.session().write(index, offset, bytes);
  }

  output(): Promise<void> {
    return Promise.reject(outOfOrder('This job gives tensors.'));
  }

  async skip({ code, message, hint }: ApiError): Promise<void> {
    const job = this.job();
    await this.session().fail({ code, message, hint });
    this.next({ kind: 'failed', job, error: new HeadgateError(code, message, hint) });
  }

  async finish(): Promise<void> {
    // The renderer ends every job so; here the last text was the end.
    if (this.at === this.jobs.length) return;
    const job = this.job();
    const session = this.session();
    await session.finish();
    this.next({ kind: 'written', job, result: await session.result });
  }

  /** Ends everything; what is written stays. */
  async fail({ code, message, hint }: ApiError): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.current?.fail({ code, message, hint });
    this.settled.reject(new HeadgateError(code, message, hint));
  }

  private next(end: TextEnd): void {
    this.current = null;
    this.at++;
    this.ends.push(end);
    this.onEnd(end, this.at);
    if (this.at < this.jobs.length) return;
    this.isOver = true;
    this.settled.resolve(this.ends);
  }

  private job(): TextJob {
    const job = this.jobs[this.at];
    if (job === undefined || this.isOver) throw outOfOrder('There is no further text.');
    return job;
  }

  private session(): CaptureSession {
    if (this.current === null || this.isOver) throw outOfOrder('No text has been asked for.');
    return this.current;
  }
}
