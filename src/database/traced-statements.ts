import { SpanKind } from '@opentelemetry/api';
import type { LogEvent } from 'kysely';
import { addPastSpan, isTraced } from '../telemetry/spans.ts';

/** Each statement of what is traced, by its verb: its text names the application's columns, its values are content. */
export function traceStatement(event: LogEvent): void {
  if (!isTraced()) return;
  const operation = verbOf(event.query.sql);
  addPastSpan(`postgresql ${operation}`, {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'postgresql', 'db.operation.name': operation },
    durationMs: event.queryDurationMillis,
    ...(event.level === 'error' ? { error: event.error } : {}),
  });
}

function verbOf(statement: string): string {
  return /^\s*([a-z]+)/i.exec(statement)?.[1]?.toUpperCase() ?? 'statement';
}
