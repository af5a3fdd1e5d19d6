import { z } from 'zod';
import { entrySchema } from '../config/file-schema.ts';
import { catalogue } from '../jobs/index.ts';
import type { Job } from '../jobs/job.ts';
import { PluginError } from './errors.ts';
import { parameterTypes } from './parameter-types.ts';
import type { Plugin } from './plugin.ts';

const words = z.string().min(1).max(2_000);
const counts = z.array(
  z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'must be names of totals, such as deleted_documents'),
);
const limits = z.record(z.string(), z.number());
const jobBase = z.looseObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case letters, digits and dashes'),
  title: words,
  description: words,
  workflow: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,79}$/, 'must be the name of an exported function'),
  parameters: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'must have names in snake_case'), parameterTypes),
  schedules: z.array(z.looseObject({})),
  brake: limits,
  retry: z.looseObject({}),
  concurrency: z.int().min(1).max(100),
});
const pluginJob = z.looseObject({
  job: z.discriminatedUnion(
    'target',
    [
      jobBase.extend({
        target: z.literal('rows'),
        effect: z.enum(['removes', 'changes']),
        undo: z.boolean(),
        partition: z.enum(['workspace', 'user', 'group', 'entity', 'organisation']),
        item: z.strictObject({ one: words, many: words }),
        counts: z.looseObject({ done: counts, undone: counts, progress: counts }),
      }),
      jobBase.extend({ target: z.literal('none'), partition: z.null() }),
    ],
    "must be 'rows' or 'none': a plugin has no jobs on graphs",
  ),
});
const pluginShape = z.looseObject({
  name: z
    .string()
    .regex(/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/, 'must be the name of a package')
    .max(100),
  version: z.string().regex(/^\d+\.\d+\.\d+[\w.+-]*$/, 'must be a version, such as 1.0.0'),
  workflows: z.instanceof(URL, { message: "must be new URL('./workflows.js', import.meta.url)" }),
  jobs: z.array(pluginJob).min(1, 'must list at least one job'),
  activities: z
    .unknown()
    .refine((given) => typeof given === 'function', 'must be a function')
    .optional(),
});

/** The default export of a module, checked. Throws `PluginError`. */
export function checkPlugin(specifier: string, exported: unknown): Plugin {
  if (typeof exported !== 'object' || exported === null)
    throw new PluginError(specifier, 'its module has no default export of definePlugin({ … })');
  const result = pluginShape.safeParse(exported);
  const [issue] = result.success ? [] : result.error.issues;
  if (issue !== undefined) throw new PluginError(specifier, `${issue.path.map(String).join('.')}: ${issue.message}`);
  if (!isPlugin(exported)) throw new PluginError(specifier, 'jobs: a job on rows needs the function `sweepable`');
  for (const { job } of exported.jobs) {
    requireComplete(specifier, job);
    if (catalogue.some(({ id }) => id === job.id))
      throw new PluginError(specifier, `its job '${job.id}' has the name of a built-in job`);
    if (ownWorkflows.has(job.workflow))
      throw new PluginError(specifier, `its workflow '${job.workflow}' has the name of a built-in workflow`);
  }
  return exported;
}

/** A limit that is misspelt or left out would be silently absent: types are not checked when a plugin is loaded. */
function requireComplete(specifier: string, job: Job): void {
  const set = Object.entries(job.parameters).filter(([, { default: value }]) => value !== null);
  const defaults = Object.fromEntries(set.map(([name, { default: value }]) => [name, value]));
  const [issue] = entrySchema(job).safeParse({ ...job, parameters: defaults }).error?.issues ?? [];
  if (issue !== undefined)
    throw new PluginError(specifier, `job '${job.id}': ${issue.path.map(String).join('.')}: ${issue.message}`);
}

/** Besides those of the catalogue. */
const ownWorkflows: ReadonlySet<string> = new Set([
  ...catalogue.map(({ workflow }) => workflow),
  'groupMaintenanceSoon',
  'healthCheck',
  'undo',
]);

/** Whether an object of the right shape also has its functions. */
export function isPlugin(given: object): given is Plugin {
  return 'jobs' in given && Array.isArray(given.jobs) && given.jobs.every(hasFunctions);
}

function hasFunctions(one: { readonly job: { readonly target: string }; readonly sweepable?: unknown }): boolean {
  return one.job.target === 'none' || typeof one.sweepable === 'function';
}
