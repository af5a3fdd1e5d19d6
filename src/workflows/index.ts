/** Every workflow the worker knows, by the name that Temporal starts it with. */
export { deduplicateFacts } from './deduplicate-facts.ts';
export { documentRefresh } from './document-refresh.ts';
export { graphRecompute } from './graph-recompute.ts';
export { groupMaintenance } from './group-maintenance.ts';
export { groupMaintenanceSoon } from './group-maintenance-soon.ts';
export { healthCheck } from './health-check.ts';
export { insightGeneration } from './insight-generation.ts';
export { memoryCleanup } from './memory-cleanup.ts';
export { memoryConsolidation } from './memory-consolidation.ts';
export { memoryDecay } from './memory-decay.ts';
export { memoryDedup } from './memory-dedup.ts';
export { profileMaintenance } from './profile-maintenance.ts';
export { topicExtraction } from './topic-extraction.ts';
export { ttlCleanup } from './ttl-cleanup.ts';
export { undo } from './undo.ts';
export { upkeep } from './upkeep.ts';
export { weeklyReport } from './weekly-report.ts';
