import { z } from 'zod';
import { type Environment, set } from './set.ts';

/** A Worker Deployment of Temporal: its versions work side by side, and each run stays on the version that began it. */
export interface DeploymentConfig {
  readonly name: string;
  /** `null`: the release and the digest of the workflows. */
  readonly buildId: string | null;
  /** `pinned`: a run ends on the version that began it. `auto_upgrade`: it moves to the current version. */
  readonly behavior: 'pinned' | 'auto_upgrade';
}

/** Temporal puts a delimiter between name and build id, which neither may contain. */
const nameForm = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be letters, digits, dashes and underscores, at most 100');
const buildIdForm = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,99}$/, 'must be letters, digits, dots, dashes, underscores and +, at most 100');

export const deploymentSchema = z
  .strictObject({ name: nameForm, build_id: buildIdForm, behavior: z.enum(['pinned', 'auto_upgrade']) })
  .partial();

/** `null`: no deployment is configured, and workers are not versioned. */
export function deploymentOf(
  env: Environment,
  given: z.infer<typeof deploymentSchema> | undefined,
  problems: string[],
): DeploymentConfig | null {
  const name = variable('COPPICE_DEPLOYMENT_NAME', set(env.COPPICE_DEPLOYMENT_NAME), nameForm, problems) ?? given?.name;
  const buildId = variable('COPPICE_BUILD_ID', set(env.COPPICE_BUILD_ID), buildIdForm, problems) ?? given?.build_id;
  if (name === undefined) {
    if (given !== undefined) problems.push('temporal.deployment.name: must be set, here or as COPPICE_DEPLOYMENT_NAME');
    return null;
  }
  return { name, buildId: buildId ?? null, behavior: given?.behavior ?? 'pinned' };
}

function variable(
  name: string,
  value: string | undefined,
  form: z.ZodType<string>,
  problems: string[],
): string | undefined {
  const result = form.optional().safeParse(value);
  if (result.success) return result.data;
  problems.push(`${name}: ${result.error.issues[0]?.message}`);
  return undefined;
}
