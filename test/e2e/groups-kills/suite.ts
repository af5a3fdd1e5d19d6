import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RunJson } from '../../../src/domain/run.ts';
import { runJob } from '../../../src/operations/runs/run.ts';
import { undoRun } from '../../../src/operations/runs/undo.ts';
import { waitForRun } from '../../../src/operations/runs/wait.ts';
import { tallyOf } from '../../../src/stores/ports/graph-census.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { ByteProxy, Held } from '../../support/byte-proxy.ts';
import { type GraphHome, tablesHome } from '../../support/graph-home.ts';
import { communitiesOf, resultsOf } from '../../support/graph-reads.ts';
import { createInstallation, type Installation } from '../../support/installation.ts';
import { lockWaiters } from '../../support/lock-waiters.ts';
import { describeWithServers } from '../../support/requires.ts';
import type { Restartable } from '../../support/restartable.ts';
import { type SeenResults, seenResults } from '../../support/seen-results.ts';
import type { SharedServer } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import type { WorkerProcess } from '../../support/worker-process.ts';

const old = '2026-01-01T00:00:00.000Z';
const deprecated = '2026-02-01T00:00:00.000Z';
/** Relations, entities and vectors that are due, in batches of ten each. */
const [lost, batchSize] = [20, 10];
const ring = 50;
/** Enough for two pages of results. */
const entities = 5_100;
const linesAtOnce = 2_000;

export interface Stoppable {
  stop(): Promise<void>;
}

/** A store of the suite's own, which it may kill. */
export interface Store {
  readonly home: GraphHome;
  readonly proxy: ByteProxy;
  readonly server: Restartable;
}

/** A request that a frozen worker sends after all: what for, and what it says. */
export type Late = readonly [what: string, text: string];

/** Texts of requests to the store that has the items, or of a graph in tables the vectors alone. */
export interface Requests {
  readonly removing: string;
  /** `null`: results are written in Coppice's own database. */
  readonly writingBack: string | null;
}
export const cypher = { removing: 'RETURN item.key AS key', writingBack: '= item.community,' };
export const weaviate: Requests = { removing: 'DELETE /v1/batch/objects', writingBack: null };
export const raising = 'fence.asked_by';

/** Rings of relations; entities that only a deprecated document speaks of, each with a relation to a ring. */
function group(group_id: string, count: number, due: number): GraphLine[] {
  const line = { group_id, created_at: old };
  const name = (at: number) => `e${at}`;
  const next = (at: number) => (at % ring === ring - 1 ? at + 1 - ring : at + 1);
  const numbers = (length: number) => Array.from({ length }, (_, at) => at);
  return [
    { ...line, type: 'document', id: 'new' },
    { ...line, type: 'document', id: 'old', deprecated_at: deprecated },
    ...numbers(count).map((at): GraphLine => ({ ...line, type: 'entity', id: name(at) })),
    ...numbers(count).map(
      (at): GraphLine => ({
        ...{ ...line, type: 'relation', id: `r${at}`, source: name(at), target: name(next(at)), document: 'new' },
      }),
    ),
    ...numbers(due).flatMap((at): GraphLine[] => [
      { ...line, type: 'entity', id: `lost${at}`, summary: `of "old" ${at}` },
      { ...line, type: 'relation', id: `gone${at}`, source: `lost${at}`, target: name(at), document: 'old' },
      { ...line, type: 'vector', id: `v${at}`, document: 'old', embedding: [at, 0.5, 1 / 3] },
    ]),
  ];
}

/** One suite a store: stores take long to start, and files run side by side. */
export function suiteOfKills(
  title: string,
  needed: readonly SharedServer[],
  open: ((dir: string, started: Stoppable[]) => Promise<Store>) | null,
  { removing, writingBack }: Requests,
  late: readonly Late[],
): void {
  describeWithServers(`groups, when somebody dies (${title})`, needed, ([postgresUrl = '', temporalAddress = '']) => {
    const dir = mkdtempSync(join(tmpdir(), 'coppice-graph-kills-'));
    const started: Stoppable[] = [];
    let store: Store | null = null;
    let home: GraphHome;
    let installation: Installation;
    let seen: SeenResults;
    let worker: WorkerProcess;
    let before: string;
    let bystander: string;
    /** Of a run that nobody disturbed. */
    let undisturbed: { readonly totals: object; readonly contents: string };

    beforeAll(async () => {
      store = (await open?.(dir, started)) ?? null;
      home = store?.home ?? tablesHome();
      const parameters = { batch_size: batchSize };
      const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
      const retry = { retry_delay_seconds: 0.2 };
      installation = await createInstallation({
        ...{ postgresUrl, temporalAddress },
        settings: { ...home.settings, jobs: { 'group-maintenance': { brake, retry, parameters } } },
      });
      const { db } = installation.parts;
      // The statement of that number waits for whoever holds the advisory lock.
      await sql`create sequence statements; create table gate (at text, no int8);
        create function wait_at_gate() returns trigger language plpgsql as $$ begin
          if exists (select from gate where at = lower(tg_op) || ' ' || tg_table_name)
            and nextval('statements') = (select no from gate) then perform pg_advisory_xact_lock(1); end if;
          return null;
        end $$`.execute(db);
      const gates = [
        'insert on coppice.ledger_graph',
        'update on coppice.ledger_graph',
        'update on coppice.graph_groups',
      ];
      for (const gate of [...gates, ...(writingBack === null ? ['insert on knowledge.graph_results'] : [])]) {
        await sql`create trigger ${sql.id(gate)} before ${sql.raw(gate)} for each statement
          execute function wait_at_gate()`.execute(db);
      }
      worker = await installation.worker();
      await home.load(installation, group('bystander', ring, 0));
      await maintained((await begun()).run_id);
      bystander = await standing('bystander');
      const lines = group('large', entities, lost);
      for (let at = 0; at < lines.length; at += linesAtOnce) {
        await home.load(installation, lines.slice(at, at + linesAtOnce));
      }
      before = await home.contents(installation);
      seen = seenResults(installation, home);
      const run = await maintained((await begun()).run_id);
      expect(run.totals).toMatchObject({ deleted_entities: lost, deleted_edges: lost, deleted_vectors: lost });
      undisturbed = { totals: run.totals, contents: await home.contents(installation) };
      expect(await standing('bystander')).toBe(bystander);
      await undone(run.run_id);
    }, 300_000);

    afterAll(async () => {
      await installation?.close();
      await home?.close().catch(() => {});
      await store?.proxy.stop();
      await Promise.all(started.map((server) => server.stop()));
      rmSync(dir, { recursive: true, force: true });
    });

    afterEach(() => sql`delete from gate`.execute(installation.parts.db));

    function begun(): Promise<RunJson> {
      return runJob(installation.context, 'group-maintenance', {}, { preview: false });
    }

    async function maintained(runId: string): Promise<RunJson> {
      const run = await waitForRun(installation.context, runId);
      const { rows: given } = await sql`select * from coppice.dead_letters`.execute(installation.parts.db);
      expect({ ...run, given }).toMatchObject({ status: 'success', error: null, given: [] });
      return run;
    }

    /** Everything is back, and comes again: nothing is on hold, and what stands as results is out of date. */
    async function undone(runId: string): Promise<void> {
      await maintained((await undoRun(installation.context, runId)).run_id);
      expect(await home.contents(installation)).toBe(before);
      await sql`delete from coppice.holds`.execute(installation.parts.db);
      await seen.age('large');
    }

    /** Of a group that nobody works on: all that it holds and all that was computed for it. */
    async function standing(name: string): Promise<string> {
      const [graph] = installation.parts.graphs;
      if (graph === undefined) throw new Error('there is no graph');
      const results = [await resultsOf(graph, name), await communitiesOf(graph, name)];
      return JSON.stringify([await tallyOf(graph.census, name), ...results]);
    }

    /** At the gate: that statement of that number is under way in Coppice's database. */
    async function atGate(statement: string, nth: number, act: () => Promise<void>): Promise<RunJson> {
      const { db } = installation.parts;
      await sql`alter sequence statements restart`.execute(db);
      await sql`insert into gate values (${statement}, ${nth})`.execute(db);
      return db.transaction().execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(1)`.execute(tx);
        const run = await begun();
        await until(`somebody waits at the gate`, async () => (await lockWaiters(db)) > 0);
        await act();
        return run;
      });
    }

    /** At the store: the request of that number has been sent and has not arrived. */
    async function atStore(text: string, nth: number, act: (held: Held) => Promise<void>): Promise<RunJson> {
      if (store === null) throw new Error('there is no store beside the database');
      const held = store.proxy.hold({ text, nth });
      const run = await begun();
      await act(await held);
      return run;
    }

    async function killWorker(): Promise<void> {
      await worker.kill();
      worker = await installation.worker();
    }

    async function restartStore(): Promise<void> {
      await store?.server.kill();
      await store?.server.start();
    }

    /** The store loses every connection, as at a restart, without the time that a restart takes. */
    async function cutConnections(): Promise<void> {
      store?.proxy.cut();
    }

    /** The promise, after any fault. */
    async function finishedExactly(interrupted: () => Promise<RunJson>): Promise<void> {
      const watch = seen.watch('large');
      const { run_id: runId } = await interrupted();
      const run = await maintained(runId);
      const looks = await watch.stop();
      expect(run.totals).toEqual(undisturbed.totals);
      expect(await home.contents(installation)).toBe(undisturbed.contents);
      expect(await standing('bystander')).toBe(bystander);
      const { rows } = await sql`select from coppice.ledger_graph where state = 'intent'`.execute(
        installation.parts.db,
      );
      expect(rows).toEqual([]);
      expect(looks.filter(({ entities: many, aged }) => aged !== 0 && aged !== many)).toEqual([]);
      expect(looks.filter(({ entities: many, aged }) => aged === 0 && many !== entities)).toEqual([]);
      expect(looks[0]?.aged).toBeGreaterThanOrEqual(entities);
      expect(looks.at(-1)).toEqual({ entities, aged: 0 });
      const next = await maintained((await begun()).run_id);
      expect(next.partitions).toEqual({});
      if (title === 'Neo4j') expect(await home.cypher?.query('CALL gds.graph.list() YIELD graphName')).toEqual([]);
      await undone(runId);
    }

    if (open === null) {
      it('the worker dies in the middle of a collection', () =>
        finishedExactly(() => atGate('insert ledger_graph', 2, killWorker)));
      it('the worker dies in the middle of writing results back', () =>
        finishedExactly(() => atGate('insert graph_results', 2, killWorker)));
      it('the worker dies when results are published, and that is not noted', () =>
        finishedExactly(() => atGate('update graph_groups', noted, killWorker)));
      return;
    }

    it('the store dies between intents and their removal', () =>
      finishedExactly(() => atStore(removing, 2, restartStore)));

    for (const [what, act] of [
      ['the worker dies', killWorker],
      ['the store loses its connections', cutConnections],
    ] as const) {
      it(`${what} between intents and their removal`, () => finishedExactly(() => atStore(removing, 2, act)));
      it(`${what} between a removal and its settling`, () =>
        finishedExactly(() => atGate('update ledger_graph', 2, act)));
      it(`${what} in the middle of writing results back`, () =>
        finishedExactly(() =>
          writingBack === null ? atGate('insert graph_results', 2, act) : atStore(writingBack, 2, act),
        ));
      it(`${what} when results are published, and that is not noted`, () =>
        finishedExactly(() => atGate('update graph_groups', noted, act)));
    }

    it.each(late)('a worker frozen before %s writes nothing when it thaws after its successor', async (_, text) => {
      const frozen = worker;
      let held: Held | undefined;
      const { run_id: runId } = await atStore(text, 2, async (request) => {
        frozen.signal('SIGSTOP');
        held = request;
        worker = await installation.worker();
      });
      expect((await maintained(runId)).totals).toEqual(undisturbed.totals);
      const results = await standing('large');
      const fences = await epochs();
      await held?.release();
      // It is told that nobody waits for it, and stops in good order.
      expect(await frozen.stop()).toBe(0);
      expect(await home.contents(installation)).toBe(undisturbed.contents);
      expect(await standing('large')).toBe(results);
      expect(await epochs()).toEqual(fences);
      await undone(runId);
    });

    async function epochs() {
      return home.cypher?.query('MATCH (fence:CoppiceFence) RETURN fence.key, fence.epoch ORDER BY fence.key');
    }
  });
}

/** Of the statements of a run that may update the registry: what was observed, one for each batch, and then the last. */
const noted = 1 + (3 * lost) / batchSize + 1;
