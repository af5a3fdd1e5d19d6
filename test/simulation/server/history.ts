import { RetryState } from '@temporalio/common';
import type { Command, ExecutionInfo, Failure, Json, Resolution } from '../sdk/protocol.ts';

const taskQueue = { name: 'simulation', kind: 'TASK_QUEUE_KIND_NORMAL' };
/** The flags of the SDK's internals that the stand-in behaves by. */
const sdkMetadata = { coreUsedFlags: [1, 2, 3], langUsedFlags: [1, 2], sdkName: 'temporal-typescript' };

/** Writes what happens to an execution as Temporal's history, for the real SDK to replay. */
export class History {
  readonly #events: { readonly timeMs: number; readonly type: string; readonly attributes: object }[] = [];
  readonly #now: () => number;
  readonly #scheduled = new Map<string, string>();
  #task = { scheduled: '', completed: '' };

  constructor(now: () => number) {
    this.#now = now;
  }

  get length(): number {
    return this.#events.length;
  }

  /** The whole, in the form of `temporal workflow show --output json`. */
  toJSON(): { readonly events: readonly object[] } {
    return {
      events: this.#events.map(({ timeMs, type, attributes }, at) => {
        const words = type.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
        return {
          eventId: `${at + 1}`,
          eventTime: new Date(timeMs).toISOString(),
          eventType: `EVENT_TYPE_${type}`,
          [`${words}EventAttributes`]: attributes,
        };
      }),
    };
  }

  started(info: ExecutionInfo, workflow: string, input: Json): void {
    this.#add('WORKFLOW_EXECUTION_STARTED', {
      workflowType: { name: workflow },
      taskQueue,
      input: payloads(input),
      workflowId: info.workflowId,
      originalExecutionRunId: info.runId,
      firstExecutionRunId: info.firstExecutionRunId,
      workflowTaskTimeout: '10s',
      attempt: 1,
      header: {},
    });
  }

  taskScheduled(): void {
    this.#task.scheduled = this.#add('WORKFLOW_TASK_SCHEDULED', { taskQueue, startToCloseTimeout: '10s', attempt: 1 });
  }

  taskStarted(continueAsNewSuggested: boolean): void {
    const { scheduled: scheduledEventId } = this.#task;
    this.#add('WORKFLOW_TASK_STARTED', {
      scheduledEventId,
      historySizeBytes: '1000',
      ...(continueAsNewSuggested ? { suggestContinueAsNew: true } : {}),
    });
  }

  taskCompleted(): void {
    const { scheduled: scheduledEventId } = this.#task;
    const startedEventId = `${this.#events.length}`;
    this.#task.completed = this.#add('WORKFLOW_TASK_COMPLETED', { scheduledEventId, startedEventId, sdkMetadata });
  }

  command(command: Command) {
    const by = { workflowTaskCompletedEventId: this.#task.completed };
    const started = 'seq' in command ? this.#scheduled.get(`${groupOf(command.kind)} ${command.seq}`) : undefined;
    switch (command.kind) {
      case 'activity':
        return this.#remember(`activity ${command.seq}`, 'ACTIVITY_TASK_SCHEDULED', {
          ...by,
          activityId: `${command.seq}`,
          activityType: { name: command.type },
          taskQueue,
          header: {},
          input: payloads(...command.args),
        });
      case 'cancel_activity':
        return void this.#add('ACTIVITY_TASK_CANCEL_REQUESTED', { ...by, scheduledEventId: started });
      case 'timer':
        return this.#remember(`timer ${command.seq}`, 'TIMER_STARTED', {
          ...by,
          timerId: `${command.seq}`,
          startToFireTimeout: `${command.ms / 1000}s`,
        });
      case 'cancel_timer':
        return void this.#add('TIMER_CANCELED', { ...by, timerId: `${command.seq}`, startedEventId: started });
      case 'child':
        return this.#remember(`child ${command.seq}`, 'START_CHILD_WORKFLOW_EXECUTION_INITIATED', {
          ...by,
          namespace: 'default',
          workflowId: command.id,
          workflowType: { name: command.type },
          taskQueue,
          input: payloads(command.input),
          header: {},
          parentClosePolicy: 'PARENT_CLOSE_POLICY_ABANDON',
        });
      case 'cancel_child':
        return void this.#add('REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED', {
          ...by,
          namespace: 'default',
          workflowExecution: { workflowId: started },
          childWorkflowOnly: true,
        });
      case 'patch':
        this.#add('MARKER_RECORDED', {
          ...by,
          markerName: 'core_patch',
          details: { 'patch-data': payloads({ id: command.id, deprecated: false }) },
        });
        return void this.#add('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES', {
          ...by,
          searchAttributes: {
            indexedFields: { TemporalChangeVersion: payload([command.id], { type: 'KeywordList' }) },
          },
        });
      case 'search_attributes':
        return void this.#add('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES', {
          ...by,
          searchAttributes: { indexedFields: mapped(command.attributes, keyword) },
        });
      case 'completed':
        return void this.#add('WORKFLOW_EXECUTION_COMPLETED', { ...by, result: payloads(command.result) });
      case 'failed':
        return void this.#add('WORKFLOW_EXECUTION_FAILED', {
          ...by,
          retryState: 'RETRY_STATE_RETRY_POLICY_NOT_SET',
          failure: { message: command.message, applicationFailureInfo: { type: command.type, nonRetryable: true } },
        });
      case 'cancelled':
        return void this.#add('WORKFLOW_EXECUTION_CANCELED', { ...by });
      case 'continued':
        return void this.#add('WORKFLOW_EXECUTION_CONTINUED_AS_NEW', {
          ...by,
          newExecutionRunId: 'next',
          workflowType: { name: 'next' },
          taskQueue,
          input: payloads(command.input),
        });
    }
  }

  signalled(signalName: string): void {
    this.#add('WORKFLOW_EXECUTION_SIGNALED', { signalName, input: {}, header: {} });
  }

  cancelRequested(): void {
    this.#add('WORKFLOW_EXECUTION_CANCEL_REQUESTED', {});
  }

  timerFired(seq: number): void {
    this.#add('TIMER_FIRED', { timerId: `${seq}`, startedEventId: this.#scheduled.get(`timer ${seq}`) });
  }

  /** The server writes the start of an activity down when it has ended. */
  activityEnded(seq: number, resolution: Resolution, attempt: number): void {
    const scheduledEventId = this.#scheduled.get(`activity ${seq}`);
    const startedEventId = this.#add('ACTIVITY_TASK_STARTED', { scheduledEventId, requestId: `${seq}`, attempt });
    const ends = { scheduledEventId, startedEventId };
    if (resolution.kind === 'completed') {
      this.#add('ACTIVITY_TASK_COMPLETED', { ...ends, result: payloads(resolution.result) });
      return;
    }
    const { failure } = resolution;
    const retryState = `RETRY_STATE_${resolution.retryState}`;
    if (failure.kind === 'cancelled') this.#add('ACTIVITY_TASK_CANCELED', ends);
    else if (failure.kind === 'timeout') {
      this.#add('ACTIVITY_TASK_TIMED_OUT', { ...ends, failure: failureOf(failure), retryState });
    } else this.#add('ACTIVITY_TASK_FAILED', { ...ends, failure: failureOf(failure), retryState });
  }

  childStarted(command: Command & { readonly kind: 'child' }): void {
    this.#add('CHILD_WORKFLOW_EXECUTION_STARTED', this.#child(command));
  }

  childEnded(command: Command & { readonly kind: 'child' }, resolution: Resolution): void {
    const child = this.#child(command);
    if (resolution.kind === 'completed') {
      this.#add('CHILD_WORKFLOW_EXECUTION_COMPLETED', { ...child, result: payloads(resolution.result) });
    } else if (resolution.failure.kind === 'cancelled') this.#add('CHILD_WORKFLOW_EXECUTION_CANCELED', child);
    else {
      const retryState = `RETRY_STATE_${RetryState.NON_RETRYABLE_FAILURE}`;
      this.#add('CHILD_WORKFLOW_EXECUTION_FAILED', { ...child, failure: failureOf(resolution.failure), retryState });
    }
  }

  #child({ id, type, seq }: Command & { readonly kind: 'child' }) {
    return {
      initiatedEventId: this.#scheduled.get(`child ${seq}`),
      namespace: 'default',
      workflowExecution: { workflowId: id, runId: `run of ${id}` },
      workflowType: { name: type },
    };
  }

  #remember(key: string, type: string, attributes: object): void {
    this.#scheduled.set(key, this.#add(type, attributes));
  }

  #add(type: string, attributes: object): string {
    const eventId = `${this.#events.length + 1}`;
    this.#events.push({ timeMs: this.#now(), type, attributes });
    return eventId;
  }
}

function groupOf(kind: string): string {
  return kind.replace('cancel_', '');
}

function failureOf(failure: Failure): object {
  if (failure.kind === 'timeout') {
    return { message: 'activity timeout', timeoutFailureInfo: { timeoutType: `TIMEOUT_TYPE_${failure.timeout}` } };
  }
  if (failure.kind === 'cancelled') return { message: 'cancelled', canceledFailureInfo: {} };
  const { type, message, nonRetryable, details } = failure;
  return { message, applicationFailureInfo: { type, nonRetryable, details: payloads(...details) } };
}

function payloads(...values: readonly Json[]): object {
  return { payloads: values.map((value) => payload(value)) };
}

/** Encoded when it is printed: most histories are only counted. */
function payload(value: Json, more: Readonly<Record<string, string>> = {}): object {
  return {
    toJSON: () => {
      const metadata = { encoding: base64('json/plain'), ...mapped(more, base64) };
      return { metadata, data: base64(JSON.stringify(value)) };
    },
  };
}

function keyword(value: string): object {
  return payload(value, { type: 'Keyword' });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function mapped<T>(record: Readonly<Record<string, string>>, change: (value: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
