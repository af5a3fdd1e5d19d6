import { isSpanContextValid, type Span, SpanKind } from '@opentelemetry/api';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { Headers } from '@temporalio/common';
import { inSpan } from '../telemetry/spans.ts';
import { withPlace } from './trace-header.ts';

/** The start of a workflow is a span, and the workflow's parent. Without tracing, a start is what it was. */
export const tracedStarts: WorkflowClientInterceptor = {
  startWithDetails(input, next) {
    return inSpan(`StartWorkflow:${input.workflowType}`, { kind: SpanKind.CLIENT }, (span) =>
      next({ ...input, headers: headersWith(span, input.headers) }),
    );
  },
};

function headersWith(span: Span, headers: Headers): Headers {
  const place = span.spanContext();
  if (!isSpanContextValid(place)) return headers;
  return withPlace(headers, { ...place, flags: place.traceFlags.toString(16).padStart(2, '0') });
}
