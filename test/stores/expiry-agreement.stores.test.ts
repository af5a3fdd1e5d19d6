import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import type { TimeFieldSettings } from '../../src/config/collection-schema.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import {
  ageLimit,
  type DatedDocument,
  type ExpiryReason,
  type ExpiryRule,
  expiryReason,
} from '../../src/domain/rules/expiry.ts';
import { judgeRow } from '../../src/stores/postgres/rules/index.ts';
import { describeOnDatabases } from '../support/stores.ts';

const dayMs = 86_400_000;
/** Distances from the instants that the rule compares with, where mistakes of one are made. */
const nearby = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(-1, 0, 1, -1000, 1000, -dayMs, dayMs, -3_600_000, 3_600_000) },
  { weight: 2, arbitrary: fc.integer({ min: -400 * dayMs, max: 400 * dayMs }) },
);
const instant = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
const maxAge = fc.option(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.double({ min: 0, max: 400, noNaN: true })));

/** A rule and documents around it; `null` is a date that is not there. */
const cases = fc.tuple(instant, maxAge).chain(([cutoff, maxAgeDays]) => {
  const limit = ageLimit(cutoff, maxAgeDays ?? 90);
  const date = (from: Date) =>
    fc.option(
      nearby.map((ms) => new Date(from.getTime() + ms)),
      { freq: 3 },
    );
  const document = fc.record({ expiresAt: date(cutoff), fetchedAt: date(limit) });
  return fc.record({
    rule: fc.constant({ kind: 'expiry' as const, cutoff, maxAgeDays }),
    documents: fc.array(document, { minLength: 1, maxLength: 30 }),
  });
});

interface Kind {
  readonly name: string;
  readonly settings: (column: string) => TimeFieldSettings;
  /** How an application with this kind of column writes the instant. */
  readonly write: (at: Date) => string;
  /** The instant that the rule takes it for. */
  readonly read: (at: Date) => Date;
}

const same = (at: Date) => at;
const offsetText = (at: Date, minutes: number, offset: string) =>
  new Date(at.getTime() + minutes * 60_000).toISOString().replace('Z', offset);
const kinds: readonly Kind[] = [
  { name: 'timestamptz', settings: (column) => column, write: (at) => at.toISOString(), read: same },
  {
    name: 'naive in UTC',
    settings: (column) => ({ column: `${column}_naive`, type: 'naive' }),
    write: (at) => at.toISOString().replace('Z', ''),
    read: same,
  },
  {
    name: 'naive, eight hours ahead',
    settings: (column) => ({ column: `${column}_naive`, type: 'naive', zone: 'Asia/Singapore' }),
    write: (at) => offsetText(at, 480, ''),
    read: same,
  },
  {
    name: 'ISO text',
    settings: (column) => ({ path: `payload.${column}`, type: 'iso_text' }),
    write: (at) => at.toISOString(),
    read: same,
  },
  {
    name: 'ISO text with an offset',
    settings: (column) => ({ path: `payload.${column}`, type: 'iso_text' }),
    write: (at) => offsetText(at, -210, '-03:30'),
    read: same,
  },
  ...(['epoch_s', 'epoch_ms'] as const).flatMap((type): Kind[] => {
    const write = (at: Date) => String(type === 'epoch_s' ? at.getTime() / 1000 : at.getTime());
    return [
      { name: `${type} in JSON`, settings: (column) => ({ path: `payload.${column}`, type }), write, read: same },
      { name: `${type} as a number`, settings: (column) => ({ column: `${column}_epoch`, type }), write, read: same },
    ];
  }),
  {
    name: 'date, through its UTC day',
    settings: (column) => ({ path: `payload.${column}`, type: 'date' }),
    write: (at) => at.toISOString().slice(0, 10),
    read: (at) => new Date((Math.floor(at.getTime() / dayMs) + 1) * dayMs),
  },
];

describeOnDatabases('the expiry rule in SQL', (database) => {
  beforeAll(async () => {
    await sql`create table dated (id int, payload jsonb, expires_at timestamptz, fetched_at timestamptz,
      expires_at_naive timestamp, fetched_at_naive timestamp,
      expires_at_epoch double precision, fetched_at_epoch double precision)`.execute(database.db);
  });

  /** One query judges rows made of the JSON given, without writing them. */
  async function judge(mapping: CollectionMapping, rule: ExpiryRule, rows: readonly object[]) {
    const due = judgeRow('d', mapping, rule);
    const reasons = sql.join(
      due.reasons.map(({ name, holds }) => sql`when ${holds} then ${sql.lit(name)}`),
      sql` `,
    );
    const answer = await sql<{ reason: ExpiryReason | null; unreadable: boolean }>`
      select case ${reasons} end as reason,
        ${due.unreadable} as unreadable
      from jsonb_populate_recordset(null::dated, ${JSON.stringify(rows)}::jsonb) d order by id`.execute(database.db);
    return answer.rows;
  }

  const columns = (
    write: Kind['write'],
    { expiresAt, fetchedAt }: Readonly<Record<'expiresAt' | 'fetchedAt', Date | null>>,
  ) => {
    const [expires, fetched] = [expiresAt, fetchedAt].map((at) => (at === null ? null : write(at)));
    const payload = { expires_at: expires, fetched_at: fetched };
    // A number is in the column of numbers only: no other column could be filled from its text.
    if ([expires, fetched].some((text) => /^-?[\d.]+$/.test(text ?? '')))
      return { expires_at_epoch: expires, fetched_at_epoch: fetched, payload };
    return {
      ...{ expires_at: expires, expires_at_naive: expires, fetched_at: fetched, fetched_at_naive: fetched },
      payload,
    };
  };

  test.each(kinds)(
    'agrees with the rule of the domain on dates written as $name',
    async ({ settings, write, read }) => {
      const mapping = toMapping('dated', {
        table: 'dated',
        expires_at: settings('expires_at'),
        fetched_at: settings('fetched_at'),
      });
      await fc.assert(
        fc.asyncProperty(cases, async ({ rule, documents }) => {
          const rows = documents.map((document, id) => ({ id, ...columns(write, document) }));
          const expected = documents.map(({ expiresAt, fetchedAt }) =>
            expiryReason({ expiresAt: expiresAt && read(expiresAt), fetchedAt: fetchedAt && read(fetchedAt) }, rule),
          );
          const judged = await judge(mapping, rule, rows);
          expect(judged.map((row) => row.reason)).toEqual(expected);
          expect(judged.some((row) => row.unreadable)).toBe(false);
        }),
        { numRuns: 40 },
      );
    },
  );

  test('agrees with it on every combination of readable, unreadable and absent dates, with and without fields', async () => {
    const cutoff = new Date('2026-06-01T02:00:00Z');
    const written: readonly (readonly [string | null, DatedDocument['expiresAt']])[] = [
      ...[-dayMs * 200, -1, 0, 1].map((ms) => {
        const at = new Date(cutoff.getTime() + ms);
        return [at.toISOString(), at] as const;
      }),
      ['infinity', 'unreadable'],
      ['later', 'unreadable'],
      ['', null],
      [null, null],
    ];
    const field = (name: string) => ({ path: `payload.${name}`, type: 'iso_text' as const });
    for (const fields of [
      { expires: true, fetched: true },
      { expires: true, fetched: false },
      { expires: false, fetched: true },
    ]) {
      const mapping = toMapping('dated', {
        table: 'dated',
        expires_at: fields.expires ? field('expires_at') : null,
        fetched_at: fields.fetched ? field('fetched_at') : null,
      });
      const documents = written.flatMap((expires) => written.map((fetched) => ({ expires, fetched })));
      const rows = documents.map(({ expires, fetched }, id) => ({
        id,
        payload: { expires_at: expires[0], fetched_at: fetched[0] },
      }));
      for (const maxAgeDays of [null, 0, 90]) {
        const rule = { kind: 'expiry' as const, cutoff, maxAgeDays };
        const expected = documents.map(({ expires, fetched }) => {
          const [expiresAt, fetchedAt] = [fields.expires ? expires[1] : null, fields.fetched ? fetched[1] : null];
          return { reason: expiryReason({ expiresAt, fetchedAt }, rule), unreadable: expiresAt === 'unreadable' };
        });
        expect(await judge(mapping, rule, rows)).toEqual(expected);
      }
    }
  });
});
