/** What a headless command asks of the renderer, and what comes back. */
import type { ApiError, CaptureHeader, Job } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';

/** A job without its model, which is the one that the host starts with. */
export type JobRequest = Job extends infer One ? (One extends Job ? Omit<One, 'model'> : never) : never;

/** What the routes of `/api/job` need of a session. */
export type JobRoutes = Pick<
  JobSession,
  'take' | 'note' | 'begin' | 'write' | 'output' | 'skip' | 'finish' | 'fail'
>;

/** What somebody who waits for a job needs of it. */
export interface RunningJob<Result> extends JobRoutes {
  /** Resolves when the renderer asks for the job for the first time. */
  readonly started: Promise<undefined>;
  /** Resolves when the job is done, rejects when it will not be. */
  readonly result: Promise<Result>;
}

/** A promise that somebody else settles. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: Error) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** One job from its beginning to its result; the routes of `/api/job` call it. */
export abstract class JobSession<Result = unknown> implements RunningJob<Result> {
  private isOver = false;
  private readonly told: string[] = [];
  private readonly called = new Deferred<undefined>();
  private readonly settled = new Deferred<Result>();

  constructor(private readonly job: JobRequest) {
    // Whoever waits hears of a failure; nobody has to.
    this.settled.promise.catch(() => undefined);
  }

  /** Resolves when the renderer asks for the job for the first time. */
  get started(): Promise<undefined> {
    return this.called.promise;
  }

  /** Resolves when the job is done, rejects when it will not be. */
  get result(): Promise<Result> {
    return this.settled.promise;
  }

  /** What is to be done. */
  take(): JobRequest {
    this.called.resolve(undefined);
    return this.job;
  }

  /** Takes what is to be known of the run, a sentence each. @throws HeadgateError `job-order` */
  note(sentences: readonly string[]): void {
    this.assertOpen();
    this.told.push(...sentences);
  }

  /** What was told of the run. */
  get notes(): readonly string[] {
    return this.told;
  }

  /** Of a capture: what the tensors are. @throws HeadgateError `job-order` when nothing of the kind is expected. */
  begin(_header: CaptureHeader): Promise<void> {
    return Promise.reject(outOfOrder('This job has no tensors.'));
  }

  /** Of a capture: the next bytes of a tensor. @throws HeadgateError `job-order` */
  write(_index: number, _offset: number, _bytes: Uint8Array): Promise<void> {
    return Promise.reject(outOfOrder('This job has no tensors.'));
  }

  /** Of other jobs: the next bytes of what they give. @throws HeadgateError `job-order` */
  output(_offset: number, _bytes: Uint8Array): Promise<void> {
    return Promise.reject(outOfOrder('This job gives tensors.'));
  }

  /** Of several texts: this one can't be run. @throws HeadgateError `job-order` */
  skip(_error: ApiError): Promise<void> {
    return Promise.reject(outOfOrder('This job has no further texts.'));
  }

  /** @throws HeadgateError `job-order` when something is missing, or why the result can't be kept */
  async finish(): Promise<void> {
    this.assertOpen();
    this.assertWhole();
    this.isOver = true;
    try {
      this.settled.resolve(await this.keep());
    } catch (error) {
      this.settled.reject(error as Error);
      throw error;
    }
  }

  /** Ends the job without a result. After the end it does nothing. */
  async fail({ code, message, hint }: ApiError): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    await this.discard();
    this.settled.reject(new HeadgateError(code, message, hint));
  }

  /** True after the end; asked again after a wait, during which the job may have failed. */
  protected get hasEnded(): boolean {
    return this.isOver;
  }

  /** @throws HeadgateError `job-order` after the end */
  protected assertOpen(): void {
    if (this.isOver) throw outOfOrder('The job has ended.');
  }

  /** @throws HeadgateError `job-order` when something is missing */
  protected abstract assertWhole(): void;
  /** Puts what came into its place. */
  protected abstract keep(): Promise<Result>;
  /** Removes what was begun. */
  protected abstract discard(): Promise<void>;
}

export function outOfOrder(message: string): HeadgateError {
  return new HeadgateError('job-order', message, 'This is a defect in Headgate: please report it.');
}
