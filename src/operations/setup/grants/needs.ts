import type { TableName } from '../../../domain/mapping.ts';
import type { TableUse } from './table-uses.ts';

/**
 * owner: runs `coppice migrate`, and owns schema `coppice`. worker: runs `coppice worker` with `database.migrations: off`,
 * and the commands that change something. reader: `preview`, `doctor`, `runs`.
 */
export type Duty = 'owner' | 'worker' | 'reader';
export const duties: readonly Duty[] = ['owner', 'worker', 'reader'];

/** One thing that a role has to be allowed. Privileges are PostgreSQL's own words. */
export type Need = { readonly privileges: readonly string[]; readonly why: string } & (
  | { readonly on: 'database' }
  | { readonly on: 'schema'; readonly schema: string }
  /** Without columns: on all of them. `coppiceMakes`: the table may not be there before `coppice migrate`. */
  | {
      readonly on: 'table';
      readonly table: TableName;
      readonly columns: readonly string[] | null;
      readonly coppiceMakes: boolean;
    }
  | { readonly on: 'sequence'; readonly sequence: TableName }
  /** Every table of Coppice's own, those of later versions too. */
  | { readonly on: 'own tables' }
);

type TableNeed = Extract<Need, { on: 'table' }>;

/**
 * All that a role needs for these tables, and nothing else: `test/grants/grants.stores.test.ts` takes each away. `sequences`
 * number rows that a job adds.
 */
export function needsOf(duty: Duty, uses: readonly TableUse[], sequences: readonly TableName[] = []): Need[] {
  const tables = joined(uses.flatMap((use) => tableNeeds(duty, use)));
  const numbered = duty === 'worker' ? sequences : [];
  const schemas = new Set([...tables.map(({ table }) => table.schema), ...numbered.map(({ schema }) => schema)]);
  return [
    { on: 'database', privileges: ['CONNECT'], why: 'to connect' },
    ...(duty === 'reader'
      ? [{ on: 'database' as const, privileges: ['TEMPORARY'], why: '`doctor --drift` compares in a temporary table' }]
      : []),
    ...[...schemas].map((schema) => ({ on: 'schema' as const, schema, privileges: ['USAGE'], why: 'to find tables' })),
    ...tables,
    ...numbered.map((sequence) => ({
      ...{ on: 'sequence' as const, sequence, privileges: ['USAGE'], why: 'a row that a job adds has its id from it' },
    })),
    ...ownNeeds(duty),
  ];
}

function ownNeeds(duty: Duty): Need[] {
  const schema = { on: 'schema', schema: 'coppice' } as const;
  switch (duty) {
    case 'owner':
      return [];
    case 'worker':
      return [
        { ...schema, privileges: ['USAGE', 'CREATE'], why: 'each run has tables of its own for the ids that are due' },
        { on: 'own tables', privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], why: 'runs, leases, ledger, holds' },
      ];
    case 'reader':
      return [
        { ...schema, privileges: ['USAGE'], why: 'to see runs and holds' },
        { on: 'own tables', privileges: ['SELECT'], why: 'runs and holds; `coppice migrate` takes the ledger out' },
      ];
  }
}

/** Privileges that one table of a collection needs. A new kind of table is a line in `tablesOf` and a case here. */
function tableNeeds(duty: Duty, use: TableUse): TableNeed[] {
  const { table, coppiceMakes } = use;
  const need = (privileges: readonly string[], columns: readonly string[] | null, why: string): TableNeed => {
    return { on: 'table', table, coppiceMakes, privileges, columns, why };
  };
  const looks = need(['SELECT'], use.read, use.part === 'chunks' ? 'for `doctor --drift`' : 'what a survey looks at');
  if (duty === 'reader') return [looks];
  if (use.part === 'looked_up') return duty === 'worker' ? [looks] : [];
  const ofGraph = ['items', 'documents', 'results', 'vectors'].includes(use.part);
  if (duty === 'owner') {
    if (ofGraph) return [];
    return coppiceMakes ? [] : [need(['SELECT'], null, 'a table of the ledger is made LIKE this one')];
  }
  const changes = ['SELECT', 'INSERT', 'DELETE'];
  // A row is locked, which asks for UPDATE on one column, whichever.
  const writes = use.written?.length !== 0;
  const written = writes ? use.written : [use.id];
  if (use.part === 'results') return [need([...changes, 'UPDATE'], null, 'what a recompute writes')];
  if (use.part === 'vectors') {
    const marks = need(['UPDATE'], use.written, 'a deprecation marks rows');
    const goes = need(changes, null, 'vectors go, and an undo inserts them again');
    return writes ? [goes, marks] : [goes];
  }
  if (ofGraph) {
    const marks = need(['UPDATE'], written, 'a deprecation marks rows, a merge writes values; rows are locked');
    return use.part === 'documents'
      ? [looks, marks]
      : [need(changes, null, 'items go, and an undo inserts them again'), marks];
  }
  if (use.part === 'chunks') return [need(changes, null, 'chunks go, and come back, with their rows')];
  if (use.part === 'children') {
    const goes = need(changes, null, 'rows go, and come back, with the row that they belong to');
    const locks = need(['UPDATE'], use.written, 'rows are locked, which asks for UPDATE on one column');
    return writes ? [goes, locks] : [goes];
  }
  return [
    need(changes, null, 'rows go, and an undo inserts them again'),
    writes
      ? need(['UPDATE'], written, 'jobs write these; rows are locked, which asks for UPDATE as well')
      : need(['UPDATE'], written, 'rows are locked, which asks for UPDATE on one column; nothing is updated'),
  ];
}

/** Collections may share a table. */
function joined(needs: readonly TableNeed[]): TableNeed[] {
  const found = new Map<string, TableNeed>();
  for (const need of needs) {
    const key = JSON.stringify([need.table, need.privileges, need.columns === null]);
    const { columns } = found.get(key) ?? need;
    found.set(key, { ...need, columns: columns && need.columns && [...new Set([...columns, ...need.columns])] });
  }
  return [...found.values()];
}
