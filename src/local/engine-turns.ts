import type { PGlite } from '@electric-sql/pglite';

export interface EngineClient {
  readonly closed: boolean;
  send(data: Uint8Array): void;
  /** Tells the client why, and closes its connection. */
  drop(reason: string): void;
}

export interface Turn {
  client: EngineClient;
  /** Whole messages, run in one go. */
  bytes: Uint8Array;
  /** False where the client asked for results in the middle of a batch (Flush): the engine stays its own until Sync. */
  complete: boolean;
}

const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);

/**
 * PGlite has one session, and its clients take turns on it.
 *
 * A turn is everything up to a client's Sync, so that no other client comes between its Parse and its Bind: the
 * unnamed statement and portal belong to the session, and a client that bound another's statement would silently get
 * another's rows. Between turns the engine is free, unless the last one left a transaction (or a batch without Sync)
 * open: then its client *holds* the engine until it ends that, leaves, or sits idle for too long.
 *
 *     free ── turn ──> free
 *     free ── turn ──> held ── the holder's turns ──> free       (commit, rollback)
 *                      held ── holder left, or idle too long ──> rolled back, free
 */
export class EngineTurns {
  readonly #engine: PGlite;
  readonly #idleTransactionTimeoutMs: number;
  readonly #onFailure: (error: unknown) => void;
  #waiting: Turn[] = [];
  #holder: EngineClient | undefined;
  #batchOpen = false;
  #running: Promise<void> | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param onFailure the engine itself broke: nothing more can be run on it. */
  constructor(engine: PGlite, idleTransactionTimeoutMs: number, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#idleTransactionTimeoutMs = idleTransactionTimeoutMs;
    this.#onFailure = onFailure;
  }

  take(turn: Turn): void {
    this.#waiting.push(turn);
    this.#run();
  }

  /** The client is gone: what it had not started is forgotten, what it had open is rolled back. */
  leave(client: EngineClient): void {
    this.#waiting = this.#waiting.filter((turn) => turn.client !== client);
    this.#run();
  }

  /** A sign of life: a statement of megabytes may take a while to arrive. */
  touch(client: EngineClient): void {
    if (client === this.#holder) this.#watchHolder();
  }

  /** Resolves when nothing is running. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #run(): void {
    this.#running ??= this.#drain()
      .catch(this.#onFailure)
      .finally(() => {
        this.#running = undefined;
        if (this.#runnable()) this.#run();
        else this.#watchHolder();
      });
  }

  async #drain(): Promise<void> {
    clearTimeout(this.#idleTimer);
    for (;;) {
      if (this.#holder?.closed) await this.#rollBack();
      const index = this.#nextIndex();
      const [turn] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (!turn) return;
      await this.#engine.runExclusive(() =>
        this.#engine.execProtocolRawStream(turn.bytes, { onRawData: (data) => turn.client.send(data) }),
      );
      this.#batchOpen = !turn.complete;
      this.#holder = this.#batchOpen || this.#engine.isInTransaction() ? turn.client : undefined;
    }
  }

  #runnable(): boolean {
    return this.#holder?.closed === true || this.#nextIndex() >= 0;
  }

  #nextIndex(): number {
    const holder = this.#holder;
    if (holder) return this.#waiting.findIndex((turn) => turn.client === holder);
    return this.#waiting.length > 0 ? 0 : -1;
  }

  async #rollBack(): Promise<void> {
    if (this.#batchOpen) await this.#engine.runExclusive(() => this.#engine.execProtocolRaw(SYNC));
    if (this.#engine.isInTransaction()) await this.#engine.exec('ROLLBACK');
    this.#batchOpen = false;
    this.#holder = undefined;
  }

  #watchHolder(): void {
    clearTimeout(this.#idleTimer);
    const holder = this.#holder;
    if (!holder || this.#running) return;
    this.#idleTimer = setTimeout(() => {
      holder.drop(
        `idle in an open transaction for ${this.#idleTransactionTimeoutMs / 1000} s, which blocks all others`,
      );
      this.leave(holder);
    }, this.#idleTransactionTimeoutMs);
  }
}
