import { AsyncLocalStorage } from 'node:async_hooks';
import { CancelledFailure } from '@temporalio/common';

const storage = new AsyncLocalStorage<CancellationScope>();

/** Cancellation as the SDK has it since 1.11: a scope that is not cancellable shields what is inside. */
export class CancellationScope {
  readonly cancellable: boolean;
  /** Rejects when the cancellation is requested. */
  readonly cancelRequested: Promise<never>;
  #requested = false;
  #reject: (error: unknown) => void = () => {};

  constructor({ cancellable = true, root = false }: { cancellable?: boolean; root?: boolean } = {}) {
    this.cancellable = cancellable;
    this.cancelRequested = new Promise<never>((_, reject) => {
      this.#reject = (error) => {
        this.#requested = true;
        reject(error);
      };
    });
    this.cancelRequested.catch(() => {});
    if (root) return;
    const parent = CancellationScope.current();
    if (!parent.cancellable) return;
    this.#requested = parent.#requested;
    parent.cancelRequested.catch((error: unknown) => this.#reject(error));
  }

  get consideredCancelled(): boolean {
    return this.#requested && this.cancellable;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return storage.run(this, async () => await work());
  }

  cancel(message = 'Cancellation scope cancelled'): void {
    this.#reject(new CancelledFailure(message));
  }

  static current(): CancellationScope {
    const scope = storage.getStore();
    if (scope === undefined) throw new Error('the workflow API was called outside of a workflow');
    return scope;
  }

  static cancellable<T>(work: () => Promise<T>): Promise<T> {
    return new CancellationScope().run(work);
  }

  static nonCancellable<T>(work: () => Promise<T>): Promise<T> {
    return new CancellationScope({ cancellable: false }).run(work);
  }
}
