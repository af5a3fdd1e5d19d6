import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { columnPages } from '../../../src/stores/postgres/graph/columns.ts';
import { describeOnDatabases } from '../../support/stores.ts';

describeOnDatabases('rows as columns', (database) => {
  beforeAll(async () => {
    await sql`create table named as select n as no, 'g' || n % 3 as grp, case n % 100 when 7 then 'a' || chr(31) || n when 8 then '' when 9 then
      '漢字 "' || n else 'name ' || n end as name from generate_series(1, 1000) n`.execute(database.db);
  });

  async function read(pageBytes: number, groups: readonly string[], where = sql`true`) {
    const pages: [string, number, string][][] = [];
    const [from, id, group] = [sql`named t`, sql`t.name`, sql`t.grp`];
    const asked = { from, group, groups, where, id, columns: [sql`t.no::text`, sql`t.name`], pageBytes };
    for await (const page of columnPages(database.db, asked)) {
      pages.push(
        page.flatMap(({ group, columns: [numbers = [], names = []] }) => {
          expect(names).toHaveLength(numbers.length);
          return numbers.map((no, at): [string, number, string] => [group, Number(no), names[at] ?? 'none']);
        }),
      );
    }
    return pages;
  }

  // A row has some 75 bytes.
  test.each([
    [2_000, ['g1']],
    [4_000, ['g0', 'g1', 'g2']],
    [20_000, ['g2', 'g0', 'none']],
    [1_000_000, ['g1']],
    [1_000_000, ['g0', 'g1', 'g2']],
  ])('every row is on one page with its group, and stays together (%i bytes, %j)', async (bytes, groups) => {
    const pages = await read(bytes, groups);
    const { rows } = await sql<{ grp: string; no: number; name: string }>`
      select grp, no, name from named where grp = any(${groups}::text[]) order by no`.execute(database.db);
    expect(pages.flat().sort(([, a], [, b]) => a - b)).toEqual(rows.map(({ grp, no, name }) => [grp, no, name]));
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThan((bytes / 75) * 1.5);
    expect(pages.length === 1).toBe(bytes === 1_000_000);
  });

  test('of nothing there is no page, and one empty value is one', async () => {
    for (const groups of [['g2'], ['g0', 'g2']]) {
      expect(await read(4_000, groups, sql`false`)).toEqual([]);
      expect(await read(4_000, groups, sql`no = 8`)).toEqual([[['g2', 8, '']]]);
    }
  });
});
