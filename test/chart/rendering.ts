import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';

const run = promisify(execFile);
const chart = join(import.meta.dirname, '../../chart');
export const kubernetesVersion = '1.33';

// biome-ignore lint/suspicious/noExplicitAny: tests look at objects whose shape the schemas of Kubernetes assert.
export type KubernetesObject = any;

/** `null`: the chart and these values pass `helm lint --strict`; else what it says. */
export async function lint(helm: string, values: object): Promise<string | null> {
  return withValues(values, async (file) => {
    try {
      await run(helm, ['lint', '--strict', chart, '--values', file, '--kube-version', kubernetesVersion]);
      return null;
    } catch (error) {
      return z.object({ stdout: z.string() }).parse(error).stdout;
    }
  });
}

/** Every object that Helm would send. */
export async function render(helm: string, values: object): Promise<KubernetesObject[]> {
  return withValues(values, async (file) => {
    const args = [
      'template',
      'knowledge',
      chart,
      '--namespace',
      'ai',
      '--values',
      file,
      '--kube-version',
      kubernetesVersion,
    ];
    const { stdout } = await run(helm, args, { maxBuffer: 4 * 1024 * 1024 });
    return parseAllDocuments(stdout)
      .map((document) => document.toJS())
      .filter((one) => one !== null);
  });
}

async function withValues<T>(values: object, work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-chart-'));
  const file = join(folder, 'values.yaml');
  writeFileSync(file, stringify(values));
  try {
    return await work(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The schema with unknown fields refused wherever it lists fields, as the API server reports them. */
export function withoutUnknownFields(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutUnknownFields);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, withoutUnknownFields(value)]);
  const closed =
    'properties' in schema && 'type' in schema && schema.type === 'object' && !('additionalProperties' in schema);
  return { ...Object.fromEntries(entries), ...(closed ? { additionalProperties: false } : {}) };
}
