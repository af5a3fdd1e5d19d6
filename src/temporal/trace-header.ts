import { defaultPayloadConverter, type Headers } from '@temporalio/common';

/** As Temporal's own tracing has it in every language: an application that starts a run with it is the run's parent. */
const name = '_tracer-data';

/** One place in a trace, by the hexadecimal ids of W3C Trace Context. */
export interface TracePlace {
  readonly traceId: string;
  readonly spanId: string;
  /** Two hexadecimal digits; the lowest bit says whether the trace is recorded. */
  readonly flags: string;
}

const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** `null`: there is no such header, or it says nothing that can be read. */
export function placeOf(headers: Headers): TracePlace | null {
  const payload = headers[name];
  if (payload === undefined) return null;
  const carrier: unknown = readable(payload);
  if (typeof carrier !== 'object' || carrier === null || !('traceparent' in carrier)) return null;
  const [, traceId, spanId, flags] = traceparentForm.exec(String(carrier.traceparent)) ?? [];
  return traceId === undefined || spanId === undefined || flags === undefined ? null : { traceId, spanId, flags };
}

/** Somebody else's header in somebody else's encoding must not end a run. */
function readable(payload: Headers[string]): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return null;
  }
}

export function withPlace(headers: Headers, { traceId, spanId, flags }: TracePlace): Headers {
  const traceparent = `00-${traceId}-${spanId}-${flags}`;
  return { ...headers, [name]: defaultPayloadConverter.toPayload({ traceparent }) };
}
