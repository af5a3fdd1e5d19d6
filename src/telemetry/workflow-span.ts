import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** A span that ended in a workflow, as it leaves the sandbox. */
export interface WorkflowSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  /** In ms since 1970, by the workflow's own clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Name of the error that it ended with. */
  readonly error: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The same for the exporter. A workflow makes its spans without OpenTelemetry's SDK, whose ids are random. */
export function toReadableSpan(span: WorkflowSpan, resource: Resource): ReadableSpan {
  const { name, traceId, spanId, parentSpanId, startedAt, endedAt, error } = span;
  const traceFlags = TraceFlags.SAMPLED;
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId, traceFlags }),
    ...(parentSpanId === null ? {} : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags } }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    status: { code: error === null ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
    attributes: { ...span.attributes, ...(error === null ? {} : { 'error.type': error }) },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'coppice' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
