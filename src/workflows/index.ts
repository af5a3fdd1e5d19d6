/** Every workflow the worker knows, by the name that Temporal starts it with. */
export { healthCheck } from './health-check.ts';
export { ttlCleanup } from './ttl-cleanup.ts';
export { undo } from './undo.ts';
export { upkeep } from './upkeep.ts';
