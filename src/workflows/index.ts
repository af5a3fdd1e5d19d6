/** Every workflow the worker knows, by the name that Temporal starts it with. */
export { ttlCleanup } from './ttl-cleanup.ts';
export { undo } from './undo.ts';
