import { SpanKind } from '@opentelemetry/api';
import { inChildSpan } from '../../telemetry/spans.ts';
import type { CypherSession } from './session.ts';

/** Each transaction of what is traced, by whether it writes. No statement, and no name of a graph: groups may be graphs. */
export function traced<T extends CypherSession>(session: T, system: 'neo4j' | 'falkordb'): T {
  const span = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': system } };
  return {
    ...session,
    read: (...call: Parameters<CypherSession['read']>) =>
      inChildSpan(`${system} read`, span, () => session.read(...call)),
    write: <R>(graph: string | null, work: Parameters<typeof session.write<R>>[1], signal?: AbortSignal) =>
      inChildSpan(`${system} write`, span, () => session.write(graph, work, signal)),
  };
}
