import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelStandIn, startModelStandIn } from './model-stand-in.ts';
import { runPython } from './python.ts';

/** A call of mem0's `Memory`, or one of the two that `test/python/mem0_app.py` adds, with its arguments. */
export type Mem0Operation = readonly [name: string, args: Readonly<Record<string, unknown>>];

export interface Mem0Memory {
  readonly id: string;
  readonly memory: string;
}

/** An application with mem0 on pgvector. Each call is a new process of it, as after a restart. */
export interface Mem0App {
  readonly models: ModelStandIn;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at documents whose shape they assert.
  run(databaseUrl: string, ...operations: Mem0Operation[]): Promise<any[]>;
  stop(): Promise<void>;
}

const mostMemories = 10_000;

/** Asks for what it shows of a user, or also for what it hides as expired. */
export function allOf(user: string, { expired }: { readonly expired: boolean }): Mem0Operation {
  return ['get_all', { filters: { user_id: user }, top_k: mostMemories, show_expired: expired }];
}

export function textsIn(found: readonly Mem0Memory[]): string[] {
  return found.map((one) => one.memory).toSorted();
}

export async function startMem0App(python: string): Promise<Mem0App> {
  const models = await startModelStandIn();
  const folder = mkdtempSync(join(tmpdir(), 'coppice-mem0-'));
  // Its history is a file beside it; without telemetry it calls nobody.
  const env = { MEM0_DIR: folder, MEM0_TELEMETRY: 'False', HOME: folder };
  const run: Mem0App['run'] = (databaseUrl, ...operations) => {
    const settings = { database_url: databaseUrl, models_url: models.url };
    return runPython(python, 'mem0_app.py', { settings, operations }, env);
  };
  return {
    models,
    run,
    stop: async () => {
      await models.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
