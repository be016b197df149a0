import type { BrowserTools } from '../../../src/main/launch/obtain-browser.mjs';

/** What a stand-in machine does with one program. */
type Program = (args: readonly string[]) => boolean;

/** A machine for the launcher: its files, its programs, and a record of what was run and said. */
export class Machine {
  readonly ran: string[] = [];
  readonly said: string[] = [];
  readonly failed = new Set<string>();
  readonly files = new Set<string>();
  browsers: string[] = [];
  env: NodeJS.ProcessEnv = {};
  platform = 'linux';
  isRoot = false;

  /** @param programs by the end of their path; one that is not listed can't be run */
  constructor(readonly programs: Record<string, Program> = {}) {}

  get tools(): BrowserTools {
    return {
      env: this.env,
      platform: this.platform,
      root: '/app',
      isRoot: this.isRoot,
      exists: (path) => this.files.has(path),
      findBrowsers: () => this.browsers,
      say: (line) => this.said.push(line),
      failures: {
        recent: (what) => this.failed.has(what),
        remember: (what) => void this.failed.add(what),
        forget: (what) => void this.failed.delete(what),
      },
      run: (command, args) => {
        const line = [command === process.execPath ? 'node' : command, ...args].join(' ');
        this.ran.push(line);
        const name = Object.keys(this.programs).find((program) => line.includes(program));
        const ok = name !== undefined && (this.programs[name]?.(args) ?? false);
        return Promise.resolve({ ok, output: '' });
      },
    };
  }
}
