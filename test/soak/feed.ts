import { sql } from 'kysely';
import type { CypherSession } from '../../src/stores/cypher/session.ts';
import { openFalkorSession } from '../../src/stores/falkordb/session.ts';
import { openNeo4j } from '../../src/stores/neo4j/session.ts';
import { loadForRefresh, textOf } from '../support/refresh-corpus.ts';
import type { Place } from './place.ts';

/** Rows of one kind, by round and slot: an old round is deleted before a slot is filled again, so that the stores keep their size. */
const slots = 20;
const rowsOfSlot = 40;
const documentsOfRound = 12;
const timeoutMs = 5_000;

/** The applications beside Coppice: they write what the jobs then find, and delete what they left. */
export class Feed {
  readonly #place: Place;
  readonly #graphs: { readonly session: CypherSession; readonly graph: string | null }[] = [];
  #round = 0;
  failures = 0;
  rows = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  async open(): Promise<void> {
    const { falkordb, neo4j } = this.#place;
    const redis = new URL(falkordb.url);
    const password = decodeURIComponent(redis.password);
    redis.password = '';
    const session = await openFalkorSession({ url: redis.href, password, timeoutMs }, '');
    this.#graphs.push({ session, graph: 'soak' });
    if (neo4j === null) return;
    const { boltUrl: url, user, password: secret } = neo4j.server;
    this.#graphs.push({ session: await openNeo4j({ url, user, password: secret, timeoutMs }, 'neo4j'), graph: null });
  }

  async close(): Promise<void> {
    for (const { session } of this.#graphs) await session.close().catch(() => {});
  }

  /** One round: a store that is down just now is fed in the next one. */
  async round(): Promise<void> {
    this.#round += 1;
    const slot = this.#round % slots;
    const steps = [() => this.#documents(), () => this.#rows(slot), () => this.#tables(slot), () => this.#cypher(slot)];
    for (const step of steps) {
      try {
        await step();
        this.rows += rowsOfSlot;
      } catch {
        this.failures += 1;
      }
    }
  }

  /** Expired documents, which a cleanup removes with their vectors, and one that is due for a refresh. */
  async #documents(): Promise<void> {
    const { installation, site } = this.#place;
    const [name, path] = [`r${this.#round}`, `/r${this.#round}`];
    const documents = Array.from({ length: documentsOfRound }, (_, at) => {
      const content = textOf(`${name}-${at}`, 'first', 2);
      const own = { id: `${name}-${at}`, workspace: `space ${at % 8}`, content };
      return at > 0 ? { ...own, url: null, endsInDays: -1 } : { ...own, url: site.url + path, endsInDays: 1 };
    });
    await loadForRefresh(installation.parts, documents);
    site.pages.set(path, { body: textOf(`${name}-0`, 'second', 2) });
    site.pages.delete(`/r${this.#round - 3 * slots}`);
    await sql`update knowledge.documents set expires_at = now() - interval '1 minute', url = null
      where id = ${`r${this.#round - slots}-0`}`.execute(installation.parts.db);
  }

  async #rows(slot: number): Promise<void> {
    const { db } = this.#place.installation.parts;
    for (const table of ['facts', 'query_history', 'attributes']) {
      await sql`delete from ${sql.table(`knowledge.${table}`)} where id like ${`${slot}-%`}`.execute(db);
    }
    await sql`insert into knowledge.facts (id, user_id, content, tier, score, created_at, last_accessed_at, access_count)
      select ${slot} || '-' || n, 'user ' || n % 5, 'memory ' || n % 30, case n % 2 when 0 then 'SHORT' else 'LONG' end,
        0.25 + (n % 7) / 10.0, now() - n * interval '1 day', now() - n * interval '1 day', n % 3
      from generate_series(1, ${rowsOfSlot}) n`.execute(db);
    await sql`insert into knowledge.query_history (id, user_id, question, answer, asked_at)
      select ${slot} || '-' || n, 'user ' || n % 8, 'how do I restore the backup of database ' || n % 6, 'see the manual',
        now() - n * interval '1 day' from generate_series(1, ${rowsOfSlot}) n`.execute(db);
    await sql`insert into knowledge.attributes (id, entity_id, entity_type, category, key, value, confidence, updated_at)
      select ${slot} || '-' || n, 'person ' || n % 6, 'user', 'PREFERENCE', 'key ' || n % 9, 'value ' || n % 4, 0.6,
        now() - n * interval '1 hour' from generate_series(1, ${rowsOfSlot}) n`.execute(db);
  }

  async #tables(slot: number): Promise<void> {
    const { db } = this.#place.installation.parts;
    const group = `group ${slot % 5}`;
    for (const table of ['graph_relations', 'graph_mentions', 'graph_entities', 'graph_documents']) {
      await sql`delete from ${sql.table(`knowledge.${table}`)} where group_id = ${group}`.execute(db);
    }
    await sql`insert into knowledge.graph_documents (group_id, id, name, created_at)
      select ${group}, 'd' || n, 'document', now() from generate_series(1, 5) n`.execute(db);
    await sql`insert into knowledge.graph_entities (group_id, id, name, entity_type, created_at)
      select ${group}, 'e' || n, 'name ' || n / 2, 'thing', now() from generate_series(1, ${rowsOfSlot}) n`.execute(db);
    await sql`insert into knowledge.graph_mentions (group_id, document_id, entity_id, created_at)
      select ${group}, 'd' || 1 + n % 5, 'e' || n, now() from generate_series(1, ${rowsOfSlot / 2}) n`.execute(db);
    await sql`insert into knowledge.graph_relations (group_id, id, source, target, name, weight, created_at)
      select ${group}, 'r' || n, 'e' || n, 'e' || 1 + (n * 7) % ${rowsOfSlot}, 'KNOWS', 1, now()
      from generate_series(1, ${rowsOfSlot}) n`.execute(db);
  }

  async #cypher(slot: number): Promise<void> {
    const grp = `group ${slot % 3}`;
    for (const { session, graph } of this.#graphs) {
      const own = graph === null ? grp : graph;
      const now = graph === null ? 'datetime()' : `'${new Date().toISOString()}'`;
      const prefix = `${slot}-`;
      await session.write(graph, async (run) => {
        await run('MATCH (n:Entity) WHERE n.uuid STARTS WITH $prefix DETACH DELETE n', { prefix });
      });
      await session.write(graph, async (run) => {
        await run(
          `UNWIND range(1, $most) AS n CREATE (:Entity {uuid: $prefix + toString(n), group_id: $grp,
             name: 'name ' + toString(n / 2), summary: '', created_at: ${now}})`,
          { grp: own, prefix, most: BigInt(rowsOfSlot) },
        );
      });
      await session.write(graph, async (run) => {
        await run(
          `MATCH (one:Entity), (other:Entity) WHERE one.uuid STARTS WITH $prefix AND other.uuid = one.uuid + '0'
           CREATE (one)-[:RELATES_TO {uuid: one.uuid + '>' + other.uuid, group_id: $grp, name: 'KNOWS', fact: 'knows',
             created_at: ${now}, episodes: []}]->(other)`,
          { grp: own, prefix },
        );
      });
    }
  }
}
