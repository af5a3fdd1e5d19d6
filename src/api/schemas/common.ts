import { z } from 'zod';
import { parametersSchema } from '../../config/file-schema.ts';
import { longestReason, reasonForm } from '../../domain/reason.ts';
import { knownJobs } from '../../jobs/index.ts';

export const instant = z.iso.datetime({ offset: true });
export const count = z.int().min(0);
export const jobId = z.string().describe('A job, such as `ttl-cleanup`.');
export const parameters = z.record(z.string(), z.unknown()).describe('Parameters of the job.');

/** Text that PostgreSQL can hold: it knows no NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that character is what this is about.
const plain = /^[^\u0000]+$/;

export const name = z.string().min(1).max(1000).regex(plain, 'must not hold a NUL character');
export const id = z.string().min(1).max(500).regex(plain, 'must not hold a NUL character');

export const reason = z
  .string()
  .min(1)
  .max(longestReason)
  .regex(reasonForm, 'must be one line of text')
  .optional()
  .describe('Why, in one line; kept with the record.');
export const reasonBody = z.strictObject({ reason }).nullish();

export const jobParams = z.strictObject({ job: id.describe('The id of a job.') });
export const runParams = z.strictObject({ run: id.describe('A run id or a workflow id.') });

/** Parameters of any job; the job's own are checked when it is known. A name may mean different things to two jobs. */
export const givenParameters = z
  .strictObject(
    Object.fromEntries(
      [...Map.groupBy(knownJobs().flatMap(shapes), ([key]) => key)].map(([key, own]) => {
        const [only, ...others] = own.map(([, schema]) => schema);
        return [
          key,
          only !== undefined && others.length === 0 ? only : z.union(own.map(([, schema]) => schema)).optional(),
        ];
      }),
    ),
  )
  .meta({ id: 'Parameters' });

function shapes(job: ReturnType<typeof knownJobs>[number]) {
  return Object.entries(parametersSchema(job).shape);
}
