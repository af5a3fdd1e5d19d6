import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import type { Flags } from '../../src/config/config-file.ts';
import { ConfigError } from '../../src/config/errors.ts';
import { loadConfig } from '../../src/config/load.ts';

export type Environment = Readonly<Record<string, string>>;

/** A configuration file of this test's own. */
export function fileWith(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'coppice.yaml');
  writeFileSync(file, yaml);
  return file;
}

/** Reads the file with nothing else in the environment. */
export function load(yaml: string, env: Environment = {}, flags: Flags = {}): Config {
  return loadConfig(env, { config: fileWith(yaml), ...flags });
}

/** Problems of the file, sentence by sentence. */
export function problemsOf(yaml: string, env: Environment = {}, flags: Flags = {}): readonly string[] {
  try {
    load(yaml, env, flags);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
