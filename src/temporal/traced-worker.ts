import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors, InjectedSinks, WorkerOptions } from '@temporalio/worker';
import { inSpan } from '../telemetry/spans.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { placeOf } from './trace-header.ts';
import type { SpanSinks } from './workflow-spans.ts';

/** Options that a worker needs beside the bundle (`workflow-bundle.ts`) to trace its work. */
export function tracedWorker(tracing: Tracing): Pick<WorkerOptions, 'interceptors' | 'sinks'> {
  const sinks: InjectedSinks<SpanSinks> = {
    spans: { export: { fn: (_workflow, span) => tracing.exportSpan(span), callDuringReplay: false } },
  };
  return { interceptors: { activity: [tracedActivity] }, sinks };
}

/** Each attempt of an activity is a span, within that of its scheduling. */
function tracedActivity({ info }: Context): ActivityInterceptors {
  return {
    inbound: {
      execute(input, next) {
        const place = placeOf(input.headers);
        const attributes = {
          'temporal.workflow.id': info.workflowExecution?.workflowId ?? '',
          'temporal.run.id': info.workflowExecution?.runId ?? '',
          'temporal.activity.attempt': info.attempt,
        };
        const parent =
          place === null
            ? ROOT_CONTEXT
            : trace.setSpanContext(ROOT_CONTEXT, {
                traceId: place.traceId,
                spanId: place.spanId,
                traceFlags: Number.parseInt(place.flags, 16),
                isRemote: true,
              });
        return inSpan(`RunActivity:${info.activityType}`, { attributes, parent }, () => next(input));
      },
    },
  };
}
