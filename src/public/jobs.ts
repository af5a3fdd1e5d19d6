/**
 * The entry point `coppice/jobs`, for plugins: what a job, its rule and its `Sweepable` are made of.
 *
 * @module
 */
export { sql } from 'kysely';
export type { CollectionStores } from '../activities/collection-stores.ts';
export { documentSweepable } from '../activities/document-sweepable.ts';
export { type ChangingJob, changeSweepable } from '../activities/row-changes.ts';
export type { OpenSweepable, Sweepable, SweepTerms } from '../activities/sweep/sweepable.ts';
export { ttlRule } from '../activities/ttl-cleanup.ts';
export type { Db, Tx } from '../database/schema.ts';
export { fieldOf, requiredField, requiredTimeField } from '../domain/mapped-fields.ts';
export type { CollectionMapping } from '../domain/mapping.ts';
export { ageLimit } from '../domain/rules/expiry.ts';
export type { PluginRule } from '../domain/rules/index.ts';
export { defaultBrake, defaultRetry } from '../jobs/defaults.ts';
export type { Job, Parameter, Parameters, ScheduleDefinition, SweepJob, TaskJob } from '../jobs/job.ts';
export {
  definePlugin,
  type Plugin,
  type PluginJob,
  type PluginRowJob,
  type PluginTask,
  type PluginTools,
} from '../plugins/plugin.ts';
export { readInstant, textOf, writtenOf } from '../stores/postgres/fields.ts';
export { defineRule, type RuleSql } from '../stores/postgres/rules/rule-sql.ts';
export { numberOf, storedOf } from '../stores/postgres/rules/stored-values.ts';
