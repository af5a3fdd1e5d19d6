import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { stringify } from 'yaml';
import { assemble } from '../src/assemble.ts';
import { loadConfig } from '../src/config/load.ts';
import { catalogue } from '../src/jobs/index.ts';
import { migrateAll } from '../src/prepare.ts';
import { createDatabase } from '../tools/servers/database.ts';
import { log, type Servers } from './servers.ts';

const graphs = { graph: null };

/** Due in each group: a deprecated document's relation, mention and vector, and the entity that it alone spoke of. */
export const dueInGroup = { deleted_entities: 1, deleted_edges: 2, deleted_vectors: 1 };

/** Settings with which nothing starts by itself, and no limit holds a run. */
export const groupSettings = {
  graphs,
  jobs: {
    ...Object.fromEntries(catalogue.map((job) => [job.id, { schedules: [] }])),
    'group-maintenance': { schedules: [], brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 } },
  },
};

/**
 * Does the work on a database of its own, with a graph of so many groups of mixed size: every fiftieth has 200 entities,
 * every thousandth 5,000, the others ten; twice as many relations. In all of them something is due.
 */
export async function inGroupDatabase<T>(
  servers: Servers,
  groups: number,
  work: (url: string, client: pg.Client) => Promise<T>,
): Promise<T> {
  return inGraphDatabase(servers, async (url, client) => {
    log(`${groups} groups are made`);
    await makeGroups(client, groups);
    return work(url, client);
  });
}

/** The same as a template that is copied for every round. */
export async function makeGroupTemplate(servers: Servers, name: string, groups: number): Promise<void> {
  log(`Template: ${groups} groups`);
  const database = await createDatabase(servers.postgresUrl, name);
  await prepared(servers, database.url, async (client) => {
    await makeGroups(client, groups);
    // Each copy becomes an installation of its own.
    await client.query('delete from coppice.installation');
  });
}

/** A database with Coppice's tables and those of an empty graph. */
export async function inGraphDatabase<T>(
  servers: Servers,
  work: (url: string, client: pg.Client) => Promise<T>,
): Promise<T> {
  const database = await createDatabase(servers.postgresUrl);
  try {
    return await prepared(servers, database.url, (client) => work(database.url, client));
  } finally {
    await database.drop();
  }
}

/** The configuration that says where the graph is. */
export function preparedFile({ folder }: Servers): string {
  return join(folder, 'prepare.yaml');
}

async function prepared<T>(servers: Servers, url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const file = preparedFile(servers);
  writeFileSync(file, stringify({ graphs }));
  const parts = await assemble(loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: file }), url, 'coppice bench');
  await migrateAll(parts);
  for (const graph of parts.graphs) await graph.ensure();
  await parts.close();
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

async function makeGroups(client: pg.Client, groups: number): Promise<void> {
  const sizes = 'case when g % 1000 = 0 then 5000 when g % 50 = 0 then 200 else 10 end';
  const member = `from generate_series(1, ${groups}) g, generate_series(1, ${sizes}) e`;
  const [old, gone] = ["'2026-01-01'::timestamptz", "'2026-02-01'::timestamptz"];
  for (const statement of [
    `insert into knowledge.graph_documents (group_id, id, created_at, deprecated_at)
      select 'group ' || g, d, ${old}, case when d = 'old' then ${gone} end
      from generate_series(1, ${groups}) g, unnest(array['new', 'old']) d`,
    `insert into knowledge.graph_entities (group_id, id, name, created_at)
      select 'group ' || g, 'e' || e, 'Entity ' || e, ${old} ${member}
      union all select 'group ' || g, 'lost', 'Lost', ${old} from generate_series(1, ${groups}) g`,
    `insert into knowledge.graph_mentions (group_id, document_id, entity_id, created_at)
      select 'group ' || g, 'new', 'e' || e, ${old} ${member}
      union all select 'group ' || g, 'old', 'lost', ${old} from generate_series(1, ${groups}) g`,
    // To the next, and to one somewhere in the same ten.
    `insert into knowledge.graph_relations (group_id, id, source, target, document_id, created_at)
      select 'group ' || g, 'a' || e, 'e' || e, 'e' || (e % (${sizes}) + 1), 'new', ${old} ${member}
      union all select 'group ' || g, 'b' || e, 'e' || e, 'e' || ((e - 1) / 10 * 10 + e * 7 % 10 + 1), 'new', ${old} ${member}
      union all select 'group ' || g, 'gone', 'lost', 'e1', 'old', ${old} from generate_series(1, ${groups}) g`,
    `insert into knowledge.graph_vectors (group_id, id, document_id, embedding, created_at)
      select 'group ' || g, d, d, array_fill(0.0625::real, array[256])::vector, ${old}
      from generate_series(1, ${groups}) g, unnest(array['new', 'old']) d`,
    'vacuum analyze',
  ]) {
    await client.query(statement);
  }
}
