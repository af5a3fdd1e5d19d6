import { context, type DiagLogger, DiagLogLevel, diag, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import { forgivingExporter } from './forgiving-exporter.ts';
import { toReadableSpan, type WorkflowSpan } from './workflow-span.ts';

export interface TracingOptions {
  readonly endpoint: string;
  /** Of one export with its retries. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

export interface Tracing {
  /** A span that a workflow has made: it has ids already, since a replay must come to the same ones. */
  exportSpan(span: WorkflowSpan): void;
  /** Sends what is left, within the time of one export. */
  close(): Promise<void>;
}

/**
 * Sets this process up to send spans to a collector: OTLP over HTTP, as JSON. Headers, compression, sampling and batches
 * are as the standard variables of OpenTelemetry say.
 */
export function exportTraces({ endpoint, timeoutMs, log }: TracingOptions): Tracing {
  // The SDK's own words are wanted on what it cannot read of its variables; later on the exporter below tells enough.
  diag.setLogger(warnings(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const resource = describe();
  const exporter = forgivingExporter(new OTLPTraceExporter({ url: endpoint, timeoutMillis: timeoutMs }), log);
  const processor = new BatchSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  diag.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    exportSpan: (span) => processor.onEnd(toReadableSpan(span, resource)),
    close: async () => {
      exporter.hurry();
      const timer = Promise.withResolvers<void>();
      const late = setTimeout(timer.resolve, timeoutMs);
      await Promise.race([provider.shutdown().catch(() => {}), timer.promise]);
      clearTimeout(late);
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}

/** Ours by default; what `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say goes before it. */
function describe(): Resource {
  return resourceFromAttributes({ 'service.name': 'coppice' }).merge(detectResources({ detectors: [envDetector] }));
}

function warnings(log: Logger): DiagLogger {
  const ignore = () => {};
  const warn = (message: string) => log.warn({ part: 'traces' }, message);
  return { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
}
