import { isDeepStrictEqual } from 'node:util';
import { upkeepStages } from '../../../src/domain/upkeep.ts';
import type { Json, Resolution } from '../sdk/protocol.ts';
import type { Attempt, Ending } from '../server/activity-run.ts';
import type { Of, Server, Surroundings } from '../server/server.ts';
import type { Dice } from './dice.ts';
import { completed, failed } from './endings.ts';
import { step } from './steps.ts';
import { fieldsOf, runOf } from './sweep-world.ts';

export interface SlicesScenario {
  readonly job: 'upkeep' | 'weekly-report' | 'insight-generation' | 'health-check' | 'health-check-at-once';
  /** Pieces of work, by part: the stages of upkeep; one part of the others. */
  readonly sizes: readonly number[];
  readonly sliceSize: number;
  readonly controlRate: number;
  readonly fatalRate: number;
  readonly alertsFail: boolean;
  readonly cancelAfterMs: number | null;
}

export function slicesScenario(dice: Dice): SlicesScenario {
  const checks = ['health-check', 'health-check-at-once'] as const;
  const job = dice.oneOf(['upkeep', 'upkeep', 'weekly-report', 'insight-generation', dice.oneOf(checks)]);
  const parts = job === 'upkeep' ? upkeepStages.length : 1;
  return {
    job,
    sizes: Array.from({ length: parts }, () => dice.oneOf([0, 3, 40])),
    sliceSize: dice.whole(1, 30),
    controlRate: dice.oneOf([0, 0.1, 0.4]),
    // Of a check in one activity there is one chance.
    fatalRate: dice.oneOf([0, 0, 0, job === 'health-check-at-once' ? 0.5 : 0.02]),
    alertsFail: dice.chance(0.3),
    cancelAfterMs: dice.chance(0.15) ? dice.between(0, dice.oneOf([1_000, 60_000])) : null,
  };
}

interface Call {
  readonly part: number;
  readonly after: number;
}

/** A job that works in slices: every piece once, in order, each slice from where the one before it ended. */
export class SlicesRules implements Surroundings {
  readonly findings: string[] = [];
  readonly #scenario: SlicesScenario;
  readonly #dice: Dice;
  readonly #fatal: string[] = [];
  /** The slice that has to come next. */
  #next: Call = { part: 0, after: 0 };
  #record: string | null = null;
  #leaseHeld = false;
  #alertsTaken = true;

  constructor(scenario: SlicesScenario, dice: Dice) {
    this.#scenario = scenario;
    this.#dice = dice;
  }

  perform({ type, args }: { readonly type: string; readonly args: readonly Json[] }): Attempt {
    const { controlRate, fatalRate } = this.#scenario;
    const mayBeFatal = type !== 'begin' && type !== 'finish' && type !== 'sendAlerts';
    const rates = { passing: controlRate, fatal: mayBeFatal ? fatalRate : 0 };
    return step(
      this.#dice,
      rates,
      () => this.#act(type, fieldsOf(args[0])),
      () => this.#fail(type),
    );
  }

  /** A check in one activity has begun its run before it fails. */
  #fail(type: string): void {
    this.#fatal.push(type);
    if (type !== 'wholeCheck') return;
    this.#leaseHeld = true;
    this.#record ??= 'running';
  }

  #act(type: string, input: ReturnType<typeof fieldsOf>): Ending {
    if (type === 'begin') {
      this.#leaseHeld = true;
      this.#record ??= 'running';
      return completed({ begun: true, run: runOf(input, { maxRetries: 2, concurrency: 1, outageMs: 60_000 }) });
    }
    if (type === 'finish') {
      const status = typeof input.status === 'string' ? input.status : 'success';
      if (this.#record === 'running') this.#record = status;
      this.#leaseHeld = false;
      return completed({ status: this.#record, totals: {}, partitions: {} });
    }
    if (type === 'wholeCheck') return completed(this.#wholeCheck());
    if (type === 'sendAlerts') return this.#scenario.alertsFail ? failed('WebhookError', false) : completed(null);
    if (type === 'checkHealth') return completed(null);
    return completed(this.#slice(callOf(input)));
  }

  /** All steps of a check in one activity. Run again, it finds the record closed. */
  #wholeCheck(): Json {
    this.#record = this.#scenario.alertsFail ? 'partial' : 'success';
    this.#leaseHeld = false;
    this.#next = { part: 1, after: 0 };
    return { begun: true, searchAttributes: false, result: { status: this.#record, totals: {}, partitions: {} } };
  }

  #slice({ part, after }: Call): Json {
    const reached = after + this.#scenario.sliceSize;
    const remaining = reached < (this.#scenario.sizes[part] ?? 0);
    return { remaining, after: remaining ? `${reached}` : null, until: remaining ? 'week' : null };
  }

  scheduled({ type, args }: Of<'activity'>): void {
    if (!['tidy', 'writeReports', 'generateInsights'].includes(type)) return;
    const call = callOf(fieldsOf(args[0]));
    if (!this.#leaseHeld) this.findings.push('a slice without the lease');
    if (!isDeepStrictEqual(call, this.#next)) {
      this.findings.push(`slice ${JSON.stringify(call)} where ${JSON.stringify(this.#next)} comes next`);
    }
  }

  settled({ type, args }: Of<'activity'>, resolution: Resolution): void {
    if (type === 'sendAlerts') this.#alertsTaken = resolution.kind === 'completed';
    if (type === 'checkHealth') this.#next = { part: 1, after: 0 };
    if (!['tidy', 'writeReports', 'generateInsights'].includes(type) || resolution.kind === 'failed') return;
    const { part } = callOf(fieldsOf(args[0]));
    const { remaining, after } = fieldsOf(resolution.result);
    this.#next = remaining === true ? { part, after: Number(after) } : { part: part + 1, after: 0 };
  }

  closed(): void {}

  conclude({ closing, cancelRequested }: Server): void {
    if (this.#leaseHeld) this.findings.push('the lease was not released');
    if (this.#record === 'running') this.findings.push('the record was not closed');
    const status = closing?.kind === 'completed' ? String(fieldsOf(closing.result).status) : String(closing?.kind);
    const isAtOnce = this.#scenario.job === 'health-check-at-once';
    const usual = (isAtOnce ? !this.#scenario.alertsFail : this.#alertsTaken) ? 'success' : 'partial';
    const wanted = this.#fatal.length > 0 ? ['failed'] : [usual];
    if (cancelRequested) wanted.push('cancelled', usual);
    if (!wanted.includes(status)) this.findings.push(`it ended ${status}, expected ${wanted.join(' or ')}`);
    if (status === usual && this.#next.part < this.#scenario.sizes.length) {
      this.findings.push(`part ${this.#next.part} was left out`);
    }
  }
}

/** Stages by their place in the list; jobs without stages have one. */
function callOf({ stage, after }: ReturnType<typeof fieldsOf>): Call {
  const part = typeof stage === 'string' ? upkeepStages.map(String).indexOf(stage) : 0;
  return { part, after: Number(after ?? 0) };
}
