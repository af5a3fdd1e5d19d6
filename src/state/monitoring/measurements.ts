import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

/** A count that takes too long to be made at every check, with its time. */
export interface Measurement {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly measured_at: Date;
}

export async function putMeasurement(db: Db, name: string, value: Readonly<Record<string, unknown>>): Promise<void> {
  const text = JSON.stringify(value);
  await db
    .insertInto('coppice.measurements')
    .values({ name, value: text })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text, measured_at: sql<Date>`now()` }))
    .execute();
}

/** Those whose name begins so. */
export function readMeasurements(db: Db, prefix: string): Promise<Measurement[]> {
  return db
    .selectFrom('coppice.measurements')
    .selectAll()
    .where(sql<boolean>`starts_with(name, ${prefix})`)
    .orderBy('name')
    .execute();
}
