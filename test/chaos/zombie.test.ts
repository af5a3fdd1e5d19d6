import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob } from '../../src/operations/run.ts';
import { undoRun } from '../../src/operations/undo.ts';
import { waitForRun } from '../../src/operations/wait.ts';
import { getRun, toRunJson } from '../../src/state/runs.ts';
import { contentsOf, type SeedDocument, seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeOnBothStores } from '../support/requires.ts';
import { until } from '../support/until.ts';

const documents: SeedDocument[] = Array.from({ length: 800 }, (_, at) => ({
  id: `d${at}`,
  workspace: `w${at % 4}`,
  expired: at % 2 === 0,
}));
const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

describeOnBothStores(
  'a worker that is frozen in the middle of a run and thaws after a successor has finished it',
  (stores) => {
    let installation: Installation;

    beforeAll(async () => {
      installation = await createInstallation({
        ...stores,
        settings: { jobs: { 'ttl-cleanup': { brake: open, parameters: { batch_size: 4 } } } },
      });
      await seed(installation.parts, documents);
    });
    afterAll(() => installation.close());

    it('commits nothing more, neither to the run nor to what undo has put back', async () => {
      const { parts, context } = installation;
      const before = await contentsOf(parts);
      const frozen = await installation.worker();
      const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
      await until('it works', async () => {
        const json = await toRunJson(parts.db, await getRun(parts.db, run.run_id));
        return (json.totals.deleted_documents ?? 0) > 0;
      });
      frozen.signal('SIGSTOP');
      const successor = await installation.worker();
      const ended = await waitForRun(context, run.run_id);
      expect(ended).toMatchObject({
        status: 'success',
        totals: { deleted_documents: 400, deleted_vectors: 800 },
        dead_letters: 0,
      });
      const undo = await waitForRun(context, (await undoRun(context, run.run_id)).run_id);
      expect(undo.totals).toMatchObject({ restored_documents: 400, restored_vectors: 800 });
      await successor.stop();
      frozen.signal('SIGCONT');
      // It hands its leftovers in, is told that nobody waits for them, and stops in good order.
      expect(await frozen.stop()).toBe(0);
      expect(await contentsOf(parts)).toEqual(before);
      const again = await toRunJson(parts.db, await getRun(parts.db, run.run_id));
      expect(again).toMatchObject({ status: 'success', totals: ended.totals });
    });
  },
);
