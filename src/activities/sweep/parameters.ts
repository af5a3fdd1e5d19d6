import type { JobSettings } from '../../config/config.ts';
import { parametersSchema, problemsOf } from '../../config/file-schema.ts';
import type { Parameters } from '../../jobs/job.ts';
import { InvalidInputError } from './errors.ts';

/**
 * A run's parameters: those it was started with, over the configuration's, over the catalogue's. Throws with every
 * problem. `batch_size` stays absent unless somebody set it: then batches adapt.
 */
export function resolveParameters(settings: JobSettings, given: Readonly<Record<string, unknown>>): Parameters {
  const result = parametersSchema(settings.job).safeParse(given);
  if (!result.success) throw new InvalidInputError(problemsOf(result.error));
  const set = Object.entries({ ...settings.parameters, ...result.data });
  const resolved: Record<string, Parameters[string]> = {};
  for (const [name, parameter] of Object.entries(settings.job.parameters)) {
    if (name !== 'batch_size') resolved[name] = parameter.default;
  }
  for (const [name, value] of set) if (value !== undefined) resolved[name] = value;
  return resolved;
}
