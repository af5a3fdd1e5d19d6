import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { isFinal, type RunJson } from '../../../src/domain/run.ts';
import { closeEndedRun } from '../../../src/operations/runs/close-ended.ts';
import { runJob } from '../../../src/operations/runs/run.ts';
import { undoRun } from '../../../src/operations/runs/undo.ts';
import { getRun, toRunJson } from '../../../src/state/runs/runs.ts';
import { until } from '../../support/until.ts';
import type { World } from './world.ts';

const job = 'ttl-cleanup';
const endPatienceMs = 150_000;

/** One seed's play on the world's stage: its runs, its chances, and what was done to it. */
export class Scene {
  readonly world: World;
  /** In [0, 1), as the seed has it. */
  readonly random: () => number;
  /** Runs of the phase at hand, the latest last. */
  runs: RunJson[] = [];
  phase: 'run' | 'undo' = 'run';
  /** How often the fault has struck. */
  injected = 0;
  /** Differences that the fault itself saw. */
  readonly differences: string[] = [];
  #undoes = '';

  constructor(world: World, random: () => number) {
    this.world = world;
    this.random = random;
  }

  get run(): RunJson {
    const latest = this.runs.at(-1);
    if (latest === undefined) throw new Error('no run has been started');
    return latest;
  }

  async startRun(): Promise<void> {
    this.phase = 'run';
    this.runs = [await runJob(this.world.installation.context, job, {}, { preview: false })];
  }

  async startUndo(runId: string): Promise<void> {
    this.phase = 'undo';
    this.#undoes = runId;
    this.runs = [await undoRun(this.world.installation.context, runId)];
  }

  /** The same again, for what a run left that was ended before its time. */
  async startNext(): Promise<void> {
    const { context } = this.world.installation;
    const next =
      this.phase === 'run' ? await runJob(context, job, {}, { preview: false }) : await undoRun(context, this.#undoes);
    this.runs.push(next);
  }

  /** Shares of the work at which to strike, in order. */
  shares(most: number): number[] {
    const count = 1 + Math.floor(this.random() * most);
    return Array.from({ length: count }, () => this.random() * 0.85).sort((a, b) => a - b);
  }

  /** Strikes at some shares of the work. A blow that met nothing is tried again when a little more is done. */
  async strike(most: number, blow: () => Promise<boolean>): Promise<void> {
    for (const share of this.shares(most)) {
      for (let later = 0; later < 0.15; later += 0.01) {
        if (!(await this.reached(share + later))) return;
        if (!(await blow())) continue;
        this.injected += 1;
        break;
      }
    }
  }

  /** A pause, by the seed's choice; for what has to last a while, never to wait for something. */
  async pause(leastMs: number, mostMs: number): Promise<void> {
    await sleep(leastMs + this.random() * (mostMs - leastMs));
  }

  oneOf<T>(choices: readonly T[]): T | undefined {
    return choices[Math.floor(this.random() * choices.length)];
  }

  /** Waits until the phase's runs have dealt with this share of the work. False when the last one ended before. */
  async reached(share: number): Promise<boolean> {
    const wanted = share * this.world.corpus.due;
    return until(
      `the ${this.phase} has come to ${Math.round(wanted)} rows`,
      async () => {
        const now = await this.#progress();
        if (now === null) return false;
        return now.ended ? 'ended' : now.rows >= wanted && 'reached';
      },
      endPatienceMs,
    ).then((how) => how === 'reached');
  }

  /** Waits for the end of every run of the phase and returns them as they ended. */
  async ended(): Promise<readonly RunJson[]> {
    const { context } = this.world.installation;
    let checkedAt = performance.now();
    for (const [at, { run_id: runId }] of this.runs.entries()) {
      this.runs[at] = await until(
        `the end of ${this.phase} ${runId}`,
        () =>
          tolerant(async () => {
            const run = await getRun(context.parts.db, runId);
            // The record ends first, then lease and locks go.
            if (isFinal(run.status)) return (await this.#closed(run.workflow_id)) && toRunJson(context.parts.db, run);
            if (performance.now() - checkedAt > 1000) {
              checkedAt = performance.now();
              await closeEndedRun(context, run);
            }
            return null;
          }),
        endPatienceMs,
      );
    }
    // A later run finishes what an earlier one left between two transactions, in the earlier one's name.
    const { db } = context.parts;
    this.runs = await Promise.all(this.runs.map(async (run) => toRunJson(db, await getRun(db, run.run_id))));
    return this.runs;
  }

  async #closed(workflowId: string): Promise<boolean> {
    const { status } = await this.world.installation.client.workflow.getHandle(workflowId).describe();
    return status.name !== 'RUNNING';
  }

  async #progress(): Promise<{ rows: number; ended: boolean } | null> {
    return tolerant(async () => {
      const ids = this.runs.map((run) => run.run_id);
      const { rows } = await sql<{ rows: number; status: RunJson['status'] }>`
        select (select coalesce(sum(abs(p.removed)), 0) from coppice.run_partitions p
            join coppice.runs s on s.no = p.run_no where s.run_id = any(${ids}::text[]))::int8 as rows,
          (select status from coppice.runs where run_id = ${this.run.run_id}) as status`.execute(
        this.world.installation.parts.db,
      );
      const [found] = rows;
      return found === undefined ? null : { rows: found.rows, ended: isFinal(found.status) };
    });
  }
}

/** The harness looks at servers that it kills itself: no answer is no answer, and it looks again. */
export async function tolerant<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch {
    return null;
  }
}
