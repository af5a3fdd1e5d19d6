import type { Scene } from './harness/scene.ts';

export type StoreName = 'postgres' | 'weaviate';

/** `small disk`: the tables lie on a file system of a few megabytes. */
export type Stage = 'usual' | 'small disk';

/**
 * One way in which the world goes wrong while a run works. A fault only disturbs; that nothing came of it is for the
 * oracle to say, which is the same for all.
 */
export interface Fault {
  readonly name: string;
  /** Description of the fault, for the table of docs/faults.md. */
  readonly title: string;
  /** Where it can happen; both stores when left out. */
  readonly stores?: readonly StoreName[];
  /** The usual one when left out. */
  readonly stage?: Stage;
  /** Why this machine cannot do it; `null` when it can. */
  readonly impossible?: () => Promise<string | null>;
  /** Before the run starts: workers of its own making, proxies. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  /** While a run or an undo goes on. Returns at the latest when that has ended; the harness waits for the end. */
  readonly disturb: (scene: Scene) => Promise<void>;
  /** After run and undo have ended: what was frozen thaws, what was opened is closed. The final look comes after it. */
  readonly settle?: (scene: Scene) => Promise<void>;
}
