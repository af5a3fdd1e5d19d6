import {
  ContinueAsNew,
  getRandomStream,
  proxySinks,
  type Sinks,
  type WorkflowInterceptors,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkflowSpan } from '../telemetry/workflow-span.ts';
import { placeOf, type TracePlace, withPlace } from './trace-header.ts';

/**
 * The interceptors within the workflow bundle, which is built ahead and reads no environment: a worker that traces puts
 * `on` in the place of this word's last when it loads the bundle.
 */
const mode: string = 'coppice-spans-off';

/** How spans leave the sandbox. */
export interface SpanSinks extends Sinks {
  spans: { export(span: WorkflowSpan): void };
}

interface OpenSpan extends TracePlace {
  readonly name: string;
  readonly parentSpanId: string | null;
  readonly startedAt: number;
}

/**
 * One span for the workflow and one for each activity that it schedules, whose place goes with it as a header. Nothing
 * else changes: the promises are passed on as they are, ids come from a random stream of their own, and so a history
 * that was recorded without spans replays with them, and the other way round.
 */
export function interceptors(): WorkflowInterceptors {
  if (mode !== ['coppice', 'spans', 'on'].join('-')) return {};
  let run: OpenSpan | null = null;
  return {
    inbound: [
      {
        execute(input, next) {
          run = open(`RunWorkflow:${workflowInfo().workflowType}`, placeOf(input.headers));
          return watched(run, next(input));
        },
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          const span = open(`StartActivity:${input.activityType}`, run);
          return watched(span, next({ ...input, headers: withPlace(input.headers, span) }));
        },
        continueAsNew(input, next) {
          return next(run === null ? input : { ...input, headers: withPlace(input.headers, run) });
        },
      },
    ],
  };
}

/** A run that nobody's call has started begins a trace of its own. */
function open(name: string, parent: TracePlace | null): OpenSpan {
  return {
    name,
    traceId: parent?.traceId ?? hexadecimal(16),
    spanId: hexadecimal(8),
    parentSpanId: parent?.spanId ?? null,
    flags: parent?.flags ?? '01',
    startedAt: Date.now(),
  };
}

/** Neither waits nor is waited for: what the workflow does next comes in the same order as without it. */
function watched<T>(span: OpenSpan, promise: Promise<T>): Promise<T> {
  promise.then(
    () => close(span, null),
    (error: unknown) => close(span, error instanceof ContinueAsNew ? null : nameOf(error)),
  );
  return promise;
}

function close({ flags, ...span }: OpenSpan, error: string | null): void {
  if ((Number.parseInt(flags, 16) & 1) === 0) return;
  const { workflowId, runId } = workflowInfo();
  const attributes = { 'temporal.workflow.id': workflowId, 'temporal.run.id': runId };
  proxySinks<SpanSinks>().spans.export({ ...span, endedAt: Date.now(), error, attributes });
}

/** Name of the error that an activity failed with, and not that of the failed activity. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (error.cause instanceof Error) return nameOf(error.cause);
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}

function hexadecimal(length: number): string {
  const bytes = getRandomStream('coppice/spans').fill(new Uint8Array(length));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
