import { z } from 'zod';
import { catalogue } from '../jobs/index.ts';
import type { Job, Parameter, ParameterValue } from '../jobs/job.ts';
import { collectionSchema } from './collection-schema.ts';
import { whyNotCron } from './cron.ts';
import { deploymentSchema } from './deployment.ts';
import { embeddingsSchema } from './embeddings.ts';
import { graphSchema } from './graph-schema.ts';
import { identitySchema } from './identity.ts';
import { installationName } from './installation-name.ts';
import { intelligenceSchema } from './intelligence.ts';
import { modelSchema } from './model.ts';
import { alertsSchema } from './read-alerts.ts';
import { isAddressOrNetwork } from './shapes.ts';
import { sourcesSchema } from './sources.ts';
import { taskQueuesSchema } from './task-queues.ts';
import { tracesSchema } from './traces.ts';
import { webhookSettings } from './webhook.ts';

/** The shape of `coppice.yaml`. Unknown keys are errors: a misspelt brake must not be silently absent. */

const share = z.number().min(0).max(1);
const brake = z
  .strictObject({ max_share: share, max_partition_share: share, max_weekly_share: share, floor_rows: z.int().min(0) })
  .partial();
const retry = z
  .strictObject({
    max_retries: z.int().min(0).max(100),
    retry_delay_seconds: z.number().positive(),
    retry_backoff_multiplier: z.number().min(1),
    retry_max_delay_seconds: z.number().positive(),
    retry_on_errors: z.array(z.string()),
  })
  .partial();

function parameterSchema(parameter: Parameter): z.ZodType<ParameterValue> {
  if (parameter.type === 'boolean') return z.boolean();
  if (parameter.type === 'string') return choiceSchema(parameter);
  let number = parameter.type === 'integer' ? z.int() : z.number();
  if (parameter.minimum !== undefined) number = number.min(parameter.minimum);
  if (parameter.maximum !== undefined) number = number.max(parameter.maximum);
  if (parameter.can_be_off !== true) return number;
  return z.union([number, z.null(), z.literal('off').transform(() => null)]);
}

function choiceSchema({ choices, several, pattern, expects }: Parameter): z.ZodType<ParameterValue> {
  if (choices === undefined)
    return pattern === undefined ? z.string() : z.string().regex(new RegExp(pattern), `must be ${expects ?? pattern}`);
  if (several !== true) return z.enum(choices);
  const known = (text: string) => text === 'all' || text.split(',').every((one) => choices.includes(one.trim()));
  return z.string().refine(known, `must be all, or some of ${choices.join(', ')} with commas between them`);
}

/** The job's parameters, each optional, from the catalogue's descriptors. */
export function parametersSchema(job: Job) {
  return z.strictObject(
    Object.fromEntries(Object.entries(job.parameters).map(([name, one]) => [name, parameterSchema(one).optional()])),
  );
}

function schedule(job: Job) {
  return z
    .strictObject({
      name: z
        .string()
        .regex(/^[a-z0-9-]+$/, 'must be lower-case letters, digits and dashes')
        .optional(),
      cron: z
        .string()
        .superRefine((text, issue) => {
          const problem = whyNotCron(text);
          if (problem !== null) issue.addIssue({ code: 'custom', message: problem });
        })
        .optional(),
      every_seconds: z.number().min(1).optional(),
      every_minutes: z.number().positive().optional(),
      every_hours: z.number().positive().optional(),
      every_days: z.number().positive().optional(),
      once: z.iso.datetime({ offset: true }).optional(),
      parameters: parametersSchema(job).optional(),
      catch_up_window_seconds: z.number().min(10).optional(),
      enabled: z.boolean().optional(),
    })
    .refine(
      (one) =>
        [one.cron, one.every_seconds, one.every_minutes, one.every_hours, one.every_days, one.once].filter(
          (value) => value !== undefined,
        ).length === 1,
      'needs exactly one of cron, every_seconds, every_minutes, every_hours, every_days and once',
    )
    .transform(({ every_minutes: minutes, every_hours: hours, every_days: days, ...one }) => {
      const seconds = (minutes ?? 0) * 60 + (hours ?? 0) * 3_600 + (days ?? 0) * 86_400;
      return seconds === 0 ? one : { ...one, every_seconds: seconds };
    });
}

export type JobFileSettings = z.infer<ReturnType<typeof wholeJobSchema>>;

function jobSchema(job: Job): z.ZodType<JobFileSettings> {
  const all = wholeJobSchema(job);
  // A task has no collections, and so nothing that is said of them.
  return job.target === 'none' ? all.omit({ collections: true, brake: true, concurrency: true, ledger: true }) : all;
}

function wholeJobSchema(job: Job) {
  return z
    .strictObject({
      collections: z.array(z.string()).min(1),
      priority: z.enum(['high', 'medium', 'low']),
      parameters: parametersSchema(job),
      schedules: z
        .array(schedule(job))
        .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'must have different names'),
      enabled: z.boolean(),
      brake,
      retry,
      concurrency: z.int().min(1).max(100),
      ledger: z
        .strictObject({ enabled: z.boolean(), retention_days: z.number().min(1), max_bytes: z.int().min(0) })
        .partial(),
    })
    .partial();
}

/** The settings that a plugin gives its job: complete, and within the limits of those in `coppice.yaml`. */
export function entrySchema(job: Job) {
  return z.object({
    brake: brake.required(),
    retry: retry.required(),
    schedules: z.array(schedule(job)),
    parameters: parametersSchema(job),
  });
}

/** Also what `COPPICE_HEARTBEAT_TIMEOUT_SECONDS` has to be. */
export const heartbeatTimeout = z.number().min(1).max(600);

/** Packages of plugins, and paths relative to the file. */
export const pluginSpecifiers = z.array(z.string().min(1));

const collectionName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower-case letters, digits and underscores');
const storeTimeout = z.number().min(1).max(600);

export const fileSchema = z
  .strictObject({
    installation: installationName,
    plugins: pluginSpecifiers,
    database: z
      .strictObject({
        url: z.string(),
        max_connections: z.int().min(2).max(1000),
        statement_timeout_seconds: z.number().min(1).max(3600),
        migrations: z.enum(['on', 'off']),
      })
      .partial(),
    temporal: z
      .strictObject({
        address: z.string(),
        namespace: z.string(),
        profile: z.string(),
        schedule_prefix: z.string(),
        deployment: deploymentSchema,
      })
      .partial(),
    worker: z
      .strictObject({
        heartbeat_timeout_seconds: heartbeatTimeout,
        max_concurrent_activities: z.int().min(1).max(1000),
        max_concurrent_recomputes: z.int().min(1).max(64),
        task_queues: taskQueuesSchema,
      })
      .partial(),
    runs: z.strictObject({ queue_size: z.int().min(1).max(100_000) }).partial(),
    schedules_enabled: z.boolean(),
    alerts: alertsSchema,
    api: z
      .strictObject({
        host: z.string().min(1),
        port: z.int().min(0).max(65_535),
        rate_limit_per_minute: z.int().min(1).max(1_000_000),
        failed_attempts_per_minute: z.int().min(1).max(1_000_000),
        trust_proxy: z.array(
          z.string().refine(isAddressOrNetwork, 'must be an IP address or a network, such as 10.0.0.0/8'),
        ),
        cors_origins: z.array(
          z.string().regex(/^https?:\/\/[^/]+$/, 'must be an origin, such as https://console.example.org'),
        ),
        oidc: identitySchema,
      })
      .partial(),
    stores: z
      .strictObject({
        weaviate: z.strictObject({ url: z.url(), api_key: z.string(), timeout_seconds: storeTimeout }).partial(),
        neo4j: z
          .strictObject({
            url: z.url({ protocol: /^(bolt|neo4j)(\+s|\+ssc)?$/ }),
            user: z.string(),
            password: z.string(),
            timeout_seconds: storeTimeout,
          })
          .partial(),
        falkordb: z
          .strictObject({ url: z.url({ protocol: /^rediss?$/ }), password: z.string(), timeout_seconds: storeTimeout })
          .partial(),
      })
      .partial(),
    graphs: z.record(collectionName, graphSchema.nullable()),
    traces: tracesSchema,
    sources: sourcesSchema,
    embeddings: embeddingsSchema,
    model: modelSchema,
    collections: z.record(collectionName, collectionSchema.nullable()),
    intelligence: intelligenceSchema,
    jobs: jobsSchema(catalogue),
    ...webhookSettings,
    log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    log_store_texts: z.boolean(),
  })
  .partial();

/** The schema of a file whose plugins add jobs to the catalogue. */
export function fileSchemaOf(jobs: readonly Job[]) {
  return fileSchema.extend({ jobs: jobsSchema(jobs).optional() });
}

function jobsSchema(jobs: readonly Job[]) {
  return z.strictObject(Object.fromEntries(jobs.map((job) => [job.id, jobSchema(job).optional()])));
}

export type FileSettings = z.infer<typeof fileSchema>;

/** Every problem as a sentence that starts with where it is. */
export function problemsOf(error: z.ZodError, where = ''): string[] {
  return sentences(error.issues, where);
}

type Issue = z.core.$ZodIssue;

function sentences(issues: readonly Issue[], where: string): string[] {
  return issues.flatMap((issue) => {
    const at = [where, ...issue.path.map(String)].filter((part) => part !== '').join('.');
    if (issue.code === 'invalid_union' && issue.errors.length > 0) return sentences(closest(issue.errors), at);
    if (issue.code === 'invalid_key') return sentences(issue.issues, at);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${at === '' ? key : `${at}.${key}`}: is not a known setting`);
    }
    return [`${at === '' ? 'file' : at}: ${issue.message}`];
  });
}

/** Of the shapes a value may have, what is wrong with the one it comes closest to; all of them where none is closer. */
function closest(alternatives: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  const sorted = alternatives.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
  const [best = []] = sorted;
  if (depth(best) > 0) return best;
  const messages = new Set(sorted.flat().map((issue) => issue.message));
  return best.slice(0, 1).map((issue) => ({ ...issue, code: 'custom', message: [...messages].join(', or ') }));
}
