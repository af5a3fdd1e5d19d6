import { parametersSchema, problemsOf } from '../../config/file-schema.ts';
import type { Job, ParameterValue } from '../../jobs/job.ts';
import { OperationError } from '../errors.ts';

/** `name=value` pairs as the job's parameters; every problem in one error. */
export function parseAssignments(job: Job, assignments: readonly string[]): Record<string, ParameterValue> {
  const given: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const assignment of assignments) {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (name === undefined || text === undefined) problems.push(`'${assignment}' is not of the form name=value`);
    else given[name] = typedValue(job, name, text);
  }
  const parsed = parametersSchema(job).safeParse(given);
  if (!parsed.success) problems.push(...problemsOf(parsed.error));
  if (problems.length > 0 || !parsed.success) throw invalid(job, problems);
  return present(parsed.data);
}

/** Parameters as a program gives them; every problem in one error. */
export function checkParameters(job: Job, given: Readonly<Record<string, unknown>>): Record<string, ParameterValue> {
  const parsed = parametersSchema(job).safeParse(given);
  if (!parsed.success) throw invalid(job, problemsOf(parsed.error));
  return present(parsed.data);
}

function present(values: Readonly<Record<string, ParameterValue | undefined>>): Record<string, ParameterValue> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function invalid(job: Job, problems: readonly string[]): OperationError {
  const names = Object.keys(job.parameters).join(', ');
  return new OperationError(
    'usage',
    'InvalidParametersError',
    problems.join('; '),
    `Parameters of ${job.id}: ${names}`,
  );
}

/** Text as the parameter's type; text that is not of the type stays text, for the schema to name. */
function typedValue(job: Job, name: string, text: string): unknown {
  const type = job.parameters[name]?.type;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if ((type === 'integer' || type === 'number') && text.trim() !== '' && Number.isFinite(Number(text)))
    return Number(text);
  return text;
}
