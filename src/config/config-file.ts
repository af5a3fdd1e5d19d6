import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Job } from '../jobs/job.ts';
import { type FileSettings, fileSchemaOf, pluginSpecifiers, problemsOf } from './file-schema.ts';
import { type Environment, set } from './set.ts';

export interface Flags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly address?: string;
  readonly namespace?: string;
}

export const defaultDataDir = '.coppice';
/** The configuration that `coppice up --demo` writes, for commands in a folder without one. */
export function demoFileOf(dataDir: string): string {
  return join(dataDir, 'demo.yaml');
}

/** The data directory, whether it exists or not. */
export function dataDirOf(env: Environment, flags: Flags): string {
  return resolve(flags.dataDir ?? set(env.COPPICE_DATA_DIR) ?? defaultDataDir);
}

/** The file in force and the plugins that it names; what else is wrong with the file `loadConfig` reports. */
export function pluginsOfFile(
  env: Environment,
  flags: Flags = {},
): { file: string; specifiers: readonly string[] } | null {
  const file = findFile(env, flags, dataDirOf(env, flags), []);
  if (file === null) return null;
  const content = readYaml(file, []);
  const named = typeof content === 'object' && content !== null && 'plugins' in content ? content.plugins : [];
  const result = pluginSpecifiers.safeParse(named);
  return { file, specifiers: result.success ? result.data : [] };
}

/** `null`: there is none, and none is named. */
export function findFile(env: Environment, flags: Flags, dataDir: string, problems: string[]): string | null {
  const named = flags.config ?? set(env.COPPICE_CONFIG);
  const files = named === undefined ? ['coppice.yaml', demoFileOf(dataDir)] : [named];
  const found = files.map((one) => resolve(one)).find((one) => existsSync(one));
  if (found === undefined && named !== undefined) problems.push(`${named}: the configuration file does not exist`);
  return found ?? null;
}

/** The settings of a file with these jobs. Problems are added to those found so far. */
export function readSettings(file: string, jobs: readonly Job[], problems: string[]): FileSettings {
  const content = readYaml(file, problems);
  if (content === null) return {};
  const result = fileSchemaOf(jobs).safeParse(content);
  if (result.success) return result.data;
  problems.push(...problemsOf(result.error));
  return {};
}

/** The first line of a message says what and where; the others would quote the file, secrets and all. */
function readYaml(file: string, problems: string[]): unknown {
  try {
    const document = parseDocument(readFileSync(file, 'utf8'), { prettyErrors: true });
    for (const { message } of document.errors) problems.push(`${file}: ${message.split('\n')[0]?.replace(/:$/, '')}`);
    return document.errors.length > 0 ? null : (document.toJS() ?? {});
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : 'cannot be read'}`);
    return null;
  }
}
