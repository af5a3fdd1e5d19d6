import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob } from '../../src/operations/run.ts';
import { showRun } from '../../src/operations/runs.ts';
import { undoRun } from '../../src/operations/undo.ts';
import { contentsOf, type SeedDocument, seed, workspaceName } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { seededRandom } from '../support/random.ts';
import { describeOnBothStores } from '../support/requires.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const seedNumber = Number(process.env.CHAOS_SEED ?? 1);
const killsPerRun = 8;
const longestLifeMs = 1_200;

/** 20 workspaces of 60 documents, half of them expired. */
const documents: SeedDocument[] = Array.from({ length: 1200 }, (_, at) => ({
  id: `d${at}`,
  workspace: workspaceName(at % 20),
  expired: Math.floor(at / 20) % 2 === 0,
}));
const expired = documents.filter((one) => one.expired);
const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

describeOnBothStores(`kill -9 of the worker at random moments, seed ${seedNumber}`, (stores) => {
  const random = seededRandom(seedNumber + (stores.weaviateUrl === undefined ? 0 : 1000));
  let installation: Installation;

  beforeAll(async () => {
    installation = await createInstallation({
      ...stores,
      settings: { jobs: { 'ttl-cleanup': { brake: open, parameters: { batch_size: 3 } } } },
    });
    await seed(installation.parts, documents);
  });
  afterAll(() => installation.close());

  /** Kills one worker after the other while the run goes on, then lets the last one finish. Returns how many died. */
  async function tormented(runId: string): Promise<number> {
    let kills = 0;
    let worker: WorkerProcess | null = null;
    while (kills < killsPerRun) {
      worker = await installation.worker();
      await sleep(random() * longestLifeMs);
      if ((await showRun(installation.context, runId)).finished_at !== null) break;
      await worker.kill();
      worker = null;
      kills += 1;
    }
    worker ??= await installation.worker();
    const { waitForRun } = await import('../../src/operations/wait.ts');
    await waitForRun(installation.context, runId);
    await worker.stop();
    return kills;
  }

  it('run and undo end as if undisturbed, counts exact, no dead letter', async () => {
    const before = await contentsOf(installation.parts);
    let kills = 0;
    for (let round = 0; kills < killsPerRun * 2; round += 1) {
      const run = await runJob(installation.context, 'ttl-cleanup', {}, { preview: false });
      kills += await tormented(run.run_id);
      const ended = await showRun(installation.context, run.run_id);
      const removed = await contentsOf(installation.parts);
      expect(ended, `round ${round}`).toMatchObject({
        status: 'success',
        totals: { deleted_documents: expired.length, deleted_vectors: expired.length * 2, no_longer_due: 0 },
        dead_letters: 0,
      });
      const gone = new Set(expired.map((one) => one.id));
      expect(removed.byDocument).toEqual(new Map([...before.byDocument].filter(([id]) => !gone.has(id))));
      expect(removed.strays).toEqual([]);

      const undo = await undoRun(installation.context, run.run_id);
      kills += await tormented(undo.run_id);
      expect(await showRun(installation.context, undo.run_id)).toMatchObject({
        status: 'success',
        totals: { restored_documents: expired.length, restored_vectors: expired.length * 2, refused: 0 },
      });
      expect(await contentsOf(installation.parts)).toEqual(before);
      await installation.cli('holds', 'lift', '--collection', 'documents');
    }
    process.stderr.write(`${stores.kind}: ${kills} kills, 0 differences\n`);
  }, 600_000);
});
