import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sql } from 'kysely';
import { openDatabase } from '../../database/database.ts';
import { toStoreError } from '../../database/errors.ts';
import { OperationError } from '../errors.ts';
import { checkAddress, withoutSecrets } from './init/address.ts';
import type { Findings } from './init/findings.ts';
import type { LiveTable } from './init/live-tables.ts';
import { look } from './init/look.ts';
import { displayTable } from './init/names.ts';
import { render } from './init/render.ts';

export interface InitOptions {
  readonly databaseUrl: string | null;
  readonly output: string;
  /** Whether a file that is there may be written over. */
  readonly force: boolean;
}

export interface InitJson {
  readonly output: string;
  /** Without its secrets. */
  readonly database: string;
  readonly collections: readonly {
    readonly name: string;
    readonly shape: string;
    readonly table: string;
    readonly rows_estimate: number | null;
    readonly readable: boolean;
  }[];
  readonly candidates: readonly { readonly name: string; readonly table: string; readonly expires_at: string }[];
  readonly left_alone: readonly RemarkJson[];
  readonly not_mappable: readonly RemarkJson[];
  /** Tables in which nothing says that a row expires. */
  readonly other_tables: number;
}

interface RemarkJson {
  readonly table: string;
  readonly why: string;
}

const connectTimeoutMs = 10_000;
const statementTimeoutMs = 15_000;

/** Looks at the database without changing anything, and writes `coppice.yaml` from what it recognises. */
export async function init({ databaseUrl, output, force }: InitOptions): Promise<InitJson> {
  const address = checkAddress(databaseUrl);
  const file = resolve(output);
  if (!force && existsSync(file)) throw fileExists(output);
  const findings = await lookAt(address);
  write(file, output, render(findings), force);
  return {
    output,
    database: withoutSecrets(address),
    collections: findings.collections.map(({ name, shape, table }) => ({
      name,
      shape,
      table: displayTable(table),
      rows_estimate: table.rowsEstimate,
      readable: table.readable,
    })),
    candidates: findings.candidates.map(({ name, table, by }) => ({
      name,
      table: displayTable(table),
      expires_at: by,
    })),
    left_alone: findings.leftAlone.map(remark),
    not_mappable: findings.notMappable.map(remark),
    other_tables: findings.others,
  };
}

function remark({ table, why }: { readonly table: LiveTable; readonly why: string }): RemarkJson {
  return { table: displayTable(table), why };
}

/** One read-only transaction: the server itself refuses to change anything in it. */
async function lookAt(address: string): Promise<Findings> {
  const options = { url: address, maxConnections: 1, applicationName: 'coppice init', connectTimeoutMs };
  const db = openDatabase(options);
  try {
    return await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (tx) => {
        await sql`select set_config('statement_timeout', ${String(statementTimeoutMs)}, true)`.execute(tx);
        return look(tx);
      });
  } catch (error) {
    const known = toStoreError(error);
    const reason = known instanceof Error ? known.message : String(known);
    throw new OperationError(
      'missing',
      'DatabaseUnreadableError',
      `cannot look at ${withoutSecrets(address)}: ${reason}`,
      'Check the address, the password and that this machine may connect. A role that may read is enough.',
    );
  } finally {
    await db.destroy();
  }
}

function write(file: string, output: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw fileExists(output);
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperationError(
      'usage',
      'OutputError',
      `cannot write ${output}: ${reason}`,
      'Name another file: --output.',
    );
  }
}

function fileExists(output: string): OperationError {
  return new OperationError(
    'usage',
    'FileExistsError',
    `${output} exists and is left as it is`,
    'Name another file with --output, or write over it with --force.',
  );
}
