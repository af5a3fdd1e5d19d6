import { cancelledResolution, Execution, replayed } from '../sdk/execution.ts';
import type { Activation, Command, Job, Json, Resolution } from '../sdk/protocol.ts';
import { ActivityRun, type Attempt } from './activity-run.ts';
import { History } from './history.ts';
import { type Appointment, Timeline } from './timeline.ts';

export type Workflow = (input: never) => Promise<unknown>;
export type Of<Kind extends Command['kind']> = Command & { readonly kind: Kind };

/** The surroundings of a workflow: its activities, and the rules that watch it. */
export interface Surroundings {
  perform(call: { readonly type: string; readonly args: readonly Json[]; readonly attempt: number }): Attempt;
  /** How a child workflow ends, and after how long. */
  child?(command: Of<'child'>): { readonly afterMs: number; readonly resolution: Resolution };
  childEnded?(): void;
  scheduled?(command: Of<'activity'>, activation: Activation): void;
  settled?(command: Of<'activity'>, resolution: Resolution): void;
  closed(command: Command, open: { readonly activities: number; readonly timers: number }): void;
}

export interface ServerSettings {
  readonly random: () => number;
  readonly surroundings: Surroundings;
  readonly workflow: Workflow;
  readonly input: Json;
  /** Length of a history from which on it suggests to continue as new. */
  readonly suggestAt: number;
  /** Share of the tasks before which the worker is lost, so that another one replays the history. */
  readonly crashRate: number;
  readonly cancelAfterMs: number | null;
  /** Times of signals, by the name of the signal. */
  readonly signals: readonly { readonly afterMs: number; readonly name: string }[];
}

interface Open {
  execution: Execution;
  readonly make: () => Execution;
  readonly past: { readonly activation: Activation; readonly commands: readonly Command[] }[];
  readonly history: History;
  readonly activities: Map<number, ActivityRun>;
  readonly timers: Map<number, Appointment>;
  readonly children: Map<number, { readonly command: Of<'child'>; readonly end: Appointment }>;
  inbox: Job[];
  taskDue: boolean;
}

const startMs = Date.UTC(2026, 0, 1);
const workflowId = 'simulated';
/** A workflow that takes more steps than this never ends. */
const mostSteps = 10_000;
/** A replay costs as much as everything before it. */
const mostCrashes = 20;

export type Closing = Of<'completed'> | Of<'failed'> | Of<'cancelled'>;

/** The Temporal server of one chain of executions. */
export class Server {
  readonly timeline = new Timeline(startMs);
  readonly histories: History[] = [];
  closing: Closing | null = null;
  cancelRequested = false;
  closedAtMs = Number.POSITIVE_INFINITY;
  crashes = 0;
  readonly #settings: ServerSettings;
  #open: Open;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#open = this.#start(settings.input);
    const { cancelAfterMs, signals } = settings;
    if (cancelAfterMs !== null) this.timeline.in(cancelAfterMs, () => this.#cancel());
    for (const { afterMs, name } of signals) this.timeline.in(afterMs, () => this.#signal(name));
  }

  /** Until nothing happens any more: also what outlives the workflow comes to its end. */
  async run(): Promise<void> {
    for (let step = 0; await this.timeline.step(); step++) {
      if (step > mostSteps) throw new Error(`the workflow did not end after ${mostSteps} steps`);
    }
    if (this.closing === null) throw new Error('the workflow waits for something that never comes');
  }

  #start(input: Json): Open {
    const no = this.histories.length + 1;
    const [first, runId] = ['run-1', `run-${no}`];
    const info = { workflowId, runId, firstExecutionRunId: first, namespace: 'default' };
    const { workflow } = this.#settings;
    const history = new History(() => this.timeline.nowMs);
    this.histories.push(history);
    history.started(info, workflow.name, input);
    // The types of the workflow's input are the workflow's own.
    const call: (input: Json) => Promise<unknown> = (given) => Reflect.apply(workflow, undefined, [given]);
    const make = () => new Execution(info, call, input);
    const maps = { activities: new Map(), timers: new Map(), children: new Map() };
    const open: Open = { execution: make(), make, past: [], history, ...maps, inbox: [], taskDue: false };
    this.#tell(open, { kind: 'start' });
    return open;
  }

  #cancel(): void {
    if (this.closing !== null) return;
    this.cancelRequested = true;
    this.#open.history.cancelRequested();
    this.#tell(this.#open, { kind: 'cancel' });
  }

  #signal(name: string): void {
    if (this.closing !== null) return;
    this.#open.history.signalled(name);
    this.#tell(this.#open, { kind: 'signal', name });
  }

  /** News wait for the next task; several may arrive before its worker takes it up. */
  #tell(open: Open, job: Job): void {
    if (open.execution.ended) return;
    open.inbox.push(job);
    if (open.taskDue) return;
    open.taskDue = true;
    open.history.taskScheduled();
    const { random } = this.#settings;
    const delayMs = random() < 0.1 ? random() * 5_000 : random() * 20;
    this.timeline.in(delayMs, () => this.#task(open));
  }

  async #task(open: Open): Promise<void> {
    const { random, crashRate, suggestAt } = this.#settings;
    const historyLength = open.history.length + 1;
    const continueAsNewSuggested = historyLength > suggestAt;
    const news: Activation = {
      nowMs: this.timeline.nowMs,
      jobs: open.inbox,
      continueAsNewSuggested,
      historyLength,
    };
    open.inbox = [];
    open.taskDue = false;
    open.history.taskStarted(continueAsNewSuggested);
    if (random() < crashRate && open.past.length > 0 && this.crashes < mostCrashes) {
      this.crashes += 1;
      open.execution = await replayed(open.make, open.past);
    }
    const commands = await this.#activate(open, news);
    open.history.taskCompleted();
    for (const command of commands) this.#carryOut(open, command, news);
  }

  /** Commands that a task leaves: a thing that it asked for and then cancelled never reaches the server. */
  async #activate(open: Open, news: Activation): Promise<readonly Command[]> {
    const batch: Command[] = [];
    for (let activation = news; ; ) {
      const commands = await open.execution.activate(activation);
      open.past.push({ activation, commands });
      const jobs: Job[] = [];
      for (const command of commands) {
        const at = 'seq' in command ? batch.findIndex((one) => cancels(command, one)) : -1;
        if (at >= 0) batch.splice(at, 1);
        else batch.push(command);
        if (command.kind !== 'cancel_activity') continue;
        const waits = activityOf(open, command.seq)?.options.cancellationType === 'WAIT_CANCELLATION_COMPLETED';
        if (at >= 0 || !waits) jobs.push({ kind: 'activity', seq: command.seq, resolution: cancelledResolution });
      }
      if (jobs.length === 0 || open.execution.ended) return batch;
      activation = { ...activation, jobs };
    }
  }

  #carryOut(open: Open, command: Command, activation: Activation) {
    open.history.command(command);
    if (command.kind === 'activity') return this.#schedule(open, command, activation);
    if (command.kind === 'cancel_activity') return open.activities.get(command.seq)?.requestCancel();
    if (command.kind === 'timer') {
      const { seq } = command;
      open.timers.set(
        seq,
        this.timeline.in(command.ms, () => {
          open.timers.delete(seq);
          if (open.execution.ended) return;
          open.history.timerFired(seq);
          this.#tell(open, { kind: 'timer', seq });
        }),
      );
      return;
    }
    if (command.kind === 'cancel_timer') {
      const timer = open.timers.get(command.seq);
      if (timer !== undefined) timer.cancelled = true;
      open.timers.delete(command.seq);
      return;
    }
    if (command.kind === 'child') return this.#startChild(open, command);
    if (command.kind === 'cancel_child') return this.#cancelChild(open, command.seq);
    if (command.kind === 'search_attributes' || command.kind === 'patch') return;
    this.#close(open, command);
  }

  #schedule(open: Open, command: Of<'activity'>, activation: Activation): void {
    const { surroundings, random } = this.#settings;
    const { seq, type, args, options } = command;
    surroundings.scheduled?.(command, activation);
    const activity = new ActivityRun({
      timeline: this.timeline,
      options,
      perform: (attempt) => surroundings.perform({ type, args, attempt }),
      cancelDelayMs: () => random() * 10_000,
      settled: (resolution, attempts) => {
        open.activities.delete(seq);
        surroundings.settled?.(command, resolution);
        if (open.execution.ended) return;
        open.history.activityEnded(seq, resolution, attempts);
        this.#tell(open, { kind: 'activity', seq, resolution });
      },
    });
    open.activities.set(seq, activity);
  }

  #startChild(open: Open, command: Of<'child'>): void {
    const { seq } = command;
    const outcome = this.#settings.surroundings.child?.(command);
    if (outcome === undefined) throw new Error(`no child workflow ${command.type} was expected`);
    this.timeline.in(5, () => {
      if (open.execution.ended) return;
      open.history.childStarted(command);
      this.#tell(open, { kind: 'child_started', seq });
    });
    const end = this.timeline.in(outcome.afterMs + 10, () => this.#endChild(open, seq, outcome.resolution));
    open.children.set(seq, { command, end });
  }

  #cancelChild(open: Open, seq: number): void {
    const child = open.children.get(seq);
    if (child === undefined) return;
    child.end.cancelled = true;
    this.timeline.in(this.#settings.random() * 5_000, () => this.#endChild(open, seq, cancelledResolution));
  }

  #endChild(open: Open, seq: number, resolution: Resolution): void {
    const child = open.children.get(seq);
    open.children.delete(seq);
    this.#settings.surroundings.childEnded?.();
    if (child === undefined || open.execution.ended) return;
    open.history.childEnded(child.command, resolution);
    this.#tell(open, { kind: 'child', seq, resolution });
  }

  #close(open: Open, command: Closing | Of<'continued'>): void {
    const counts = { activities: open.activities.size, timers: open.timers.size };
    this.#settings.surroundings.closed(command, counts);
    if (command.kind === 'continued') this.#open = this.#start(command.input);
    else {
      this.closing = command;
      this.closedAtMs = this.timeline.elapsedMs;
    }
  }
}

function activityOf(open: Open, seq: number): Of<'activity'> | undefined {
  for (const { commands } of open.past) {
    for (const command of commands) if (command.kind === 'activity' && command.seq === seq) return command;
  }
  return undefined;
}

function cancels(command: Command, one: Command): boolean {
  if (!('seq' in command) || !('seq' in one) || command.seq !== one.seq) return false;
  return command.kind === `cancel_${one.kind}`;
}
