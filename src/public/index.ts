/**
 * The entry point `coppice`: the worker inside an application's own process.
 *
 * @module
 */
export type { ConfigError } from '../config/errors.ts';
export { type CoppiceWorker, createWorker, type LibraryWorkerOptions } from '../library-worker.ts';
