/** Options and results of every `start…` of this folder. */
export interface StartOptions {
  /** Where its data live; kept when it stops. Without it: a new temporary folder, removed at the stop. */
  dir?: string;
  /** Free to choose if left out or 0. */
  port?: number;
  log: (line: string) => void;
}

export interface TestServer {
  url: string;
  pid: number;
  /** Ends cleanly; resolves once it is gone. */
  stop(): Promise<void>;
  /** Ends as by a crash: nothing is flushed, and a new start on the same `dir` recovers. Resolves once it is gone. */
  kill(): Promise<void>;
}
