import type { z } from 'zod';
import type { CypherGraph, GraphTime } from '../domain/graph-mapping.ts';
import type { cypherTime } from './graph-schema.ts';

/** A property with an instant. Named alone, it has the type that its store has for instants. */
export function toGraphTime(
  place: CypherGraph['in'],
  written: z.infer<typeof cypherTime> | null | undefined,
): GraphTime | null {
  if (written === null || written === undefined) return null;
  if (typeof written !== 'string') return written;
  return { property: written, type: place === 'neo4j' ? 'datetime' : 'epoch_ms' };
}
