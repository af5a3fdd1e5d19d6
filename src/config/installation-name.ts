import { z } from 'zod';
import { type Environment, set } from './set.ts';

const form = 'must be lower-case letters, digits and dashes, at most 40, a letter first';

export const installationName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, form);

export function installationNameOf(env: Environment, inFile: string | undefined, problems: string[]): string | null {
  const name = set(env.COPPICE_INSTALLATION) ?? inFile ?? null;
  if (name !== null && !installationName.safeParse(name).success) {
    problems.push(`COPPICE_INSTALLATION: ${form}, not '${name}'`);
  }
  return name;
}
