import * as workflows from '../../src/workflows/index.ts';
import type { Json } from './sdk/protocol.ts';
import { Server, type ServerSettings, type Surroundings } from './server/server.ts';
import { Dice } from './world/dice.ts';
import { sweepScenario } from './world/scenario.ts';
import { SlicesRules, slicesScenario } from './world/slices-world.ts';
import { SoonRules, soonScenario } from './world/soon-world.ts';
import { SweepRules } from './world/sweep-rules.ts';
import { SweepWorld } from './world/sweep-world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly kind: string;
  readonly status: string;
  /** Rules that were broken. */
  readonly findings: readonly string[];
  readonly executions: number;
  /** Workers that were lost, so that another one had to replay the history. */
  readonly crashes: number;
  readonly events: number;
  /** Of each execution; JSON.stringify prints them as Temporal does. */
  readonly histories: readonly object[];
}

type Rules = Surroundings & { readonly findings: string[]; conclude(server: Server): void };

type Chosen = 'signals' | 'suggestAt';

interface Play extends Omit<ServerSettings, 'random' | 'surroundings' | 'crashRate' | Chosen> {
  readonly signals?: ServerSettings['signals'];
  readonly suggestAt?: number;
  readonly kind: string;
  readonly rules: Rules;
}

/** One run in a world that the seed has made, from its start until nothing happens any more. */
export async function simulate(seed: number): Promise<SeedResult> {
  const dice = new Dice(seed);
  const elapsedMs = (): number => server.timeline.elapsedMs;
  const crashRate = dice.oneOf([0, 0.05, 0.3]);
  const play = dice.chance(0.75)
    ? sweepPlay(dice, elapsedMs)
    : dice.chance(0.6)
      ? slicesPlay(dice)
      : soonPlay(dice, elapsedMs);
  const { kind, rules, ...settings } = play;
  const defaults = { random: dice.random, surroundings: rules, signals: [], suggestAt: 4_096, crashRate };
  const server = new Server({ ...defaults, ...settings });
  try {
    await server.run();
    rules.conclude(server);
  } catch (error) {
    rules.findings.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  const { histories, crashes } = server;
  const events = histories.reduce((sum, { length }) => sum + length, 0);
  return {
    seed,
    kind,
    status: statusOf(server),
    findings: rules.findings,
    executions: histories.length,
    crashes,
    events,
    histories,
  };
}

function sweepPlay(dice: Dice, elapsedMs: () => number): Play {
  const scenario = sweepScenario(dice);
  const { kind, suggestAt, cancelAfterMs } = scenario;
  const installation = 'simulated';
  const input: Json =
    kind === 'undo'
      ? { run_id: 'undone', job: 'ttl-cleanup', installation }
      : { parameters: { max_age_days: 90 }, installation, preview: kind === 'preview' };
  const rules = new SweepRules(new SweepWorld(scenario, dice, elapsedMs), input);
  const workflow = kind === 'undo' ? workflows.undo : workflows.ttlCleanup;
  return { kind, rules, workflow, input, suggestAt, cancelAfterMs };
}

const tasks = {
  upkeep: workflows.upkeep,
  'weekly-report': workflows.weeklyReport,
  'insight-generation': workflows.insightGeneration,
  'health-check': workflows.healthCheck,
  'health-check-at-once': workflows.healthCheckAtOnce,
};

function slicesPlay(dice: Dice): Play {
  const scenario = slicesScenario(dice);
  const { job, cancelAfterMs } = scenario;
  const rules = new SlicesRules(scenario, dice);
  return { kind: job, rules, workflow: tasks[job], input: { installation: 'simulated' }, cancelAfterMs };
}

function soonPlay(dice: Dice, elapsedMs: () => number): Play {
  const scenario = soonScenario(dice);
  const { debounceMs, longestMs, signals, cancelAfterMs } = scenario;
  const input = {
    ...{ group: 'group-key', installation: 'simulated', requested_by: 'application' },
    ...{ debounce_seconds: debounceMs / 1000, longest_wait_seconds: longestMs / 1000 },
  };
  const rules = new SoonRules(scenario, dice, elapsedMs);
  return { kind: 'soon', rules, workflow: workflows.groupMaintenanceSoon, input, signals, cancelAfterMs };
}

function statusOf({ closing }: Server): string {
  if (closing === null) return 'open';
  if (closing.kind !== 'completed') return closing.kind;
  const { result } = closing;
  return typeof result === 'object' && result !== null && 'status' in result ? String(result.status) : 'completed';
}
