import { sql } from 'kysely';
import type { GraphHome } from './graph-home.ts';
import type { Installation } from './installation.ts';
import { until } from './until.ts';

/** Result of one look at a group's results: entities that have one, and how many of those are of the aged kind. */
interface Look {
  readonly entities: number;
  readonly aged: number;
}

export interface SeenResults {
  /** Marks what readers see now, so that it is told from whatever is computed next, and counts as out of date. */
  age(group: string): Promise<void>;
  /** Looks again and again, past the product, until it is told to stop; answers every look that it had. */
  watch(group: string): { stop(): Promise<readonly Look[]> };
}

/** Through the version pointer, as an application reads it: by one statement. */
export function seenResults(installation: Installation, home: GraphHome): SeenResults {
  const { age, look } = home.cypher === null ? inTables(installation) : inGraph(home.cypher);
  return {
    age,
    watch: (group) => {
      const looks: Look[] = [];
      let over = false;
      const ended = until(
        'the watch is over',
        async () => {
          // A store that is down shows nothing to anybody.
          const seen = await look(group).catch(() => null);
          if (seen !== null) looks.push(seen);
          return over;
        },
        600_000,
      );
      return {
        stop: async () => {
          over = true;
          await ended;
          return looks;
        },
      };
    },
  };
}

function inTables({ parts: { db } }: Installation) {
  return {
    age: async (group: string) => {
      await sql`update knowledge.graph_versions set hash = 'aged' where group_id = ${group}`.execute(db);
      await sql`update knowledge.graph_results set centrality = -1 where group_id = ${group}`.execute(db);
    },
    look: async (group: string): Promise<Look | null> => {
      const { rows } = await sql<Look>`select count(*)::int as entities,
        (count(*) filter (where centrality < 0))::int as aged
        from knowledge.graph_communities where group_id = ${group}`.execute(db);
      return rows[0] ?? null;
    },
  };
}

function inGraph({ group: property, query }: NonNullable<GraphHome['cypher']>) {
  // The valid slot is read once: a statement of Neo4j is no snapshot, and would read it anew for every row.
  const members = (group: string) => `MATCH (p:CoppiceGroup {group: '${group}'}) WITH p.slot AS slot
    MATCH (e:Entity) WHERE e.${property} = '${group}'`;
  return {
    age: async (group: string) => {
      const [row] = await query(`MATCH (p:CoppiceGroup {group: '${group}'}) SET p.hash = 'aged' RETURN p.slot`);
      await query(`${members(group)} SET e.centrality_${Number(row?.[0])} = -1.0 RETURN count(e)`);
    },
    look: async (group: string): Promise<Look | null> => {
      const [row] = await query(`${members(group)}
        WITH CASE slot WHEN 0 THEN e.centrality_0 ELSE e.centrality_1 END AS centrality
        RETURN count(centrality), sum(CASE WHEN centrality < 0 THEN 1 ELSE 0 END)`);
      return row === undefined ? null : { entities: Number(row[0]), aged: Number(row[1]) };
    },
  };
}
