import pg from 'pg';

/** Pages of the documents' table a transaction: about as many rows as Coppice's largest batch. */
const pagesOfBatch = 1000;

/** Values that the ledger keeps beside the row; as many columns as in Coppice's own. */
const stamp = '1::bigint, current_date, 1::integer, null::text, null::bigint, null::bigint';

/** Tables that the loop removes from. */
export interface BareTables {
  readonly rows: string;
  readonly chunks: string | null;
  readonly due: string;
}

const documentsAndChunks: BareTables = {
  rows: 'knowledge.documents',
  chunks: 'knowledge.chunks',
  due: 'expires_at <= now()',
};

export interface Removal {
  readonly documents: number;
  readonly ms: number;
}

/**
 * The loop of a person who wants nothing but speed: ranges of physical rows, the fastest way to walk a table, one
 * statement and one transaction each. No survey, no limit, no recheck, no record of where it stands. With `ledger` it
 * keeps what it removes in tables like Coppice's.
 */
export async function bareLoop(
  url: string,
  ledger: boolean,
  tables: BareTables = documentsAndChunks,
): Promise<Removal> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (ledger) for (const table of [tables.rows, tables.chunks]) if (table !== null) await createLedger(client, table);
    const startedAt = performance.now();
    const { rows } = await client.query<{ pages: number }>(
      `select (pg_relation_size('${tables.rows}') / current_setting('block_size')::int)::int as pages`,
    );
    let documents = 0;
    for (let page = 0; page < (rows[0]?.pages ?? 0); page += pagesOfBatch) {
      documents += await removeRange(client, page, ledger, tables);
    }
    return { documents, ms: performance.now() - startedAt };
  } finally {
    await client.end();
  }
}

async function createLedger(client: pg.Client, table: string): Promise<void> {
  await client.query(`create table ${bareLedger(table)} (like ${table}, coppice_run bigint not null,
    coppice_day date not null, coppice_part integer not null, coppice_state text, coppice_xmin bigint,
    coppice_refused bigint)`);
  await client.query(`create index on ${bareLedger(table)} (coppice_run, coppice_part)`);
  await client.query(
    `create index on ${bareLedger(table)} (coppice_run, coppice_part) where coppice_state is not null`,
  );
}

function bareLedger(table: string): string {
  return `bare_${table.replace('.', '_')}`;
}

async function removeRange(client: pg.Client, page: number, ledger: boolean, tables: BareTables): Promise<number> {
  const keep = (table: string, from: string) =>
    ledger ? `, ${from}_kept as (insert into ${bareLedger(table)} select g.*, ${stamp} from ${from} g)` : '';
  const back = ledger ? '*' : 'id';
  const chunks =
    tables.chunks === null
      ? ''
      : `, gone_chunks as (
      delete from ${tables.chunks} where document_id = any(array(select id from gone)) returning ${back}
    )${keep(tables.chunks, 'gone_chunks')}`;
  const { rows } = await client.query<{ count: string }>(`
    with gone as (
      delete from ${tables.rows}
      where ctid >= '(${page},0)' and ctid < '(${page + pagesOfBatch},0)' and ${tables.due} returning ${back}
    )${keep(tables.rows, 'gone')}${chunks}
    select count(*) as count from gone`);
  return Number(rows[0]?.count ?? 0);
}
