import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';

export interface ForgivingExporter extends SpanExporter {
  /** The process ends: a collector that was down a moment ago is not waited for. */
  hurry(): void;
}

/** A collector that is down costs one warning, however long it is down; spans are dropped meanwhile. */
export function forgivingExporter(exporter: SpanExporter, log: Logger): ForgivingExporter {
  let down = false;
  let hurried = false;
  return {
    export(spans: ReadableSpan[], done: (result: ExportResult) => void) {
      const success = { code: ExportResultCode.SUCCESS };
      if (down && hurried) return done(success);
      exporter.export(spans, ({ code, error }) => {
        const failed = code !== ExportResultCode.SUCCESS;
        if (failed && !down) log.warn({ reason: reasonOf(error) }, 'the collector takes no traces: they are dropped');
        if (!failed && down) log.info('the collector takes traces again');
        down = failed;
        done(success);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
    hurry: () => {
      hurried = true;
    },
  };
}

/** A code or a status of HTTP where there is one. The address carries no credentials, so a message cannot quote them. */
function reasonOf(error: Error | undefined): string {
  const code = error !== undefined && 'code' in error ? error.code : undefined;
  return String(code ?? error?.message ?? 'unknown');
}
