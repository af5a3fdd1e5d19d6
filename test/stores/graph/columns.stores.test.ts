import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { columnPages } from '../../../src/stores/postgres/graph/columns.ts';
import { describeOnDatabases } from '../../support/stores.ts';

describeOnDatabases('rows as columns', (database) => {
  beforeAll(async () => {
    await sql`create table named as select n as no, case n % 100 when 7 then 'a' || chr(31) || n when 8 then '' when 9 then
      '漢字 "' || n else 'name ' || n end as name from generate_series(1, 1000) n`.execute(database.db);
  });

  async function read(pageBytes: number, where = sql`true`) {
    const pages: [number, string][][] = [];
    const [from, id] = [sql`named t`, sql`t.name`];
    const columns = [sql`t.no::text`, sql`t.name`];
    for await (const [numbers = [], names = []] of columnPages(database.db, { from, where, id, columns, pageBytes })) {
      expect(names).toHaveLength(numbers.length);
      pages.push(numbers.map((no, at) => [Number(no), names[at] ?? 'none']));
    }
    return pages;
  }

  // A row has some 75 bytes.
  test.each([4_000, 20_000, 1_000_000])(
    'every row is on one page, and a row stays together (%i bytes)',
    async (bytes) => {
      const pages = await read(bytes);
      const { rows } = await sql<{ no: number; name: string }>`select no, name from named order by no`.execute(
        database.db,
      );
      expect(pages.flat().sort(([a], [b]) => a - b)).toEqual(rows.map(({ no, name }) => [no, name]));
      expect(Math.max(...pages.map((page) => page.length))).toBeLessThan((bytes / 75) * 1.5);
      expect(pages.length === 1).toBe(bytes === 1_000_000);
    },
  );

  test('of nothing there is no page, and one empty value is one', async () => {
    expect(await read(4_000, sql`false`)).toEqual([]);
    expect(await read(4_000, sql`no = 8`)).toEqual([[[8, '']]]);
  });
});
