import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';

/**
 * Spans as OpenTelemetry's API has them, which does nothing until `tracing.ts` has set a provider. Attributes that they
 * may carry: names of operations, routes, jobs and hosts, counts, ids of runs. Never content, a partition, an address
 * with its path, or the message of an error: messages quote rows and names.
 */

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Parent of the span; without it, the active span. */
  readonly parent?: Context;
}

/** Runs the work within a span, which ends with it. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const { kind = SpanKind.INTERNAL, attributes = {}, parent = context.active() } = options;
  return tracer().startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The same, where something is traced already: what nobody asked about starts no trace of its own. */
export async function inChildSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return isTraced() ? inSpan(name, options, work) : work();
}

/** A span of what is over: it took so long and ended just now. */
export function addPastSpan(name: string, options: SpanOptions & { durationMs: number; error?: unknown }): void {
  if (!isTraced()) return;
  const { kind = SpanKind.INTERNAL, attributes = {}, durationMs, error } = options;
  const endTime = Date.now();
  const span = tracer().startSpan(name, { kind, attributes, startTime: endTime - durationMs });
  if (error !== undefined) markFailed(span, error);
  span.end(endTime);
}

/** An error by its name alone. */
function markFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', error instanceof Error ? error.name : typeof error);
}

export function tracer(): Tracer {
  return trace.getTracer('coppice');
}

/** Whether what is under way is recorded. */
export function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() === true;
}
