/**
 * The entry point `coppice`: the worker inside an application's own process.
 *
 * @module
 */
export { ConfigError } from '../config/errors.ts';
export { type CoppiceWorker, createWorker, type LibraryWorkerOptions } from '../library-worker.ts';
export { OperationError } from '../operations/errors.ts';
export { PluginError } from '../plugins/errors.ts';
