import { toGraphMapping } from '../../../config/graphs.ts';
import { type FactValidity, massRetired, suspectInvalidations } from '../../../domain/facts/invalidations.ts';
import type { CypherSession } from '../../../stores/cypher/session.ts';
import { validityOnGraph } from '../../../stores/cypher/validity.ts';
import { knownGroup } from '../../../stores/stored-group.ts';

/** Dates of a group's facts are held in memory. */
export const mostJudged = 200_000;

export interface RetiredTogether {
  readonly facts: number;
  /** Groups with more facts than are judged here. */
  readonly leftOut: number;
}

/**
 * Facts that `audit-invalidations` would restore because they were retired at one microsecond with many others, by the rule of
 * that job. Only groups in which such a stamp exists are read.
 */
export async function factsRetiredTogether(
  session: CypherSession,
  graph: string | null,
  signal: AbortSignal,
): Promise<RetiredTogether> {
  const preset = { in: graph === null ? ('neo4j' as const) : ('falkordb' as const), preset: 'graphiti' as const };
  const { place, ...own } = toGraphMapping('check', preset);
  if (place.in === 'postgres') throw new Error('Graphiti has no graph in tables');
  const mapping = { ...own, place };
  const validity = validityOnGraph(session, mapping);
  if (validity === null) throw new Error('the preset names when facts were retired');
  const sum = { facts: 0, leftOut: 0 };
  for (const stored of await groupsWithStamps(session, graph, signal)) {
    const group = graph ?? knownGroup(mapping, stored);
    if (group === null) continue;
    const facts: FactValidity[] = [];
    for await (const page of validity.dated(group, signal)) {
      facts.push(...page);
      if (facts.length > mostJudged) break;
    }
    if (facts.length > mostJudged) sum.leftOut += 1;
    else sum.facts += suspectInvalidations(facts).filter(({ sign }) => sign === 'mass_stamp').length;
  }
  return sum;
}

async function groupsWithStamps(session: CypherSession, graph: string | null, signal: AbortSignal): Promise<string[]> {
  const rows = await session.read(
    graph,
    `MATCH ()-[r:RELATES_TO]->() WHERE r.expired_at IS NOT NULL OR r.invalid_at IS NOT NULL
     UNWIND [toString(r.expired_at), toString(r.invalid_at)] AS stamp
     WITH r.group_id AS grp, stamp, count(DISTINCT r) AS together WHERE stamp IS NOT NULL AND together >= $least
     RETURN DISTINCT ${graph === null ? 'grp' : "'' AS grp"}`,
    { least: BigInt(massRetired) },
    signal,
  );
  return rows.flatMap(({ grp }) => (typeof grp === 'string' ? [grp] : []));
}
