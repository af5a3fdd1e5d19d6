import { type CypherMapping, quoted } from './names.ts';

/** Parts of queries that depend on how groups are told apart. Groups are bound as `$groups`. */
export interface GroupText {
  /** `alias` belongs to one of `$groups`. */
  within(alias: string): string;
  /** `alias` is of the same group as `other`. */
  same(alias: string, other: string): string;
  /** The group of `alias`, as stored. */
  of(alias: string): string;
  /** `alias` is of the group of a bound `item` that names it in `item.grp`. */
  ofItem(alias: string, item: string): string;
  /** The property map that makes something a member, with other pairs of a pattern's map. */
  pattern(value: string, pairs: string): string;
}

export function groupText({ place }: CypherMapping): GroupText {
  const { groups } = place;
  if (groups.by === 'graph') {
    return {
      within: () => 'true',
      same: () => 'true',
      of: () => '$groups[0]',
      ofItem: () => 'true',
      pattern: (_value, pairs) => `{${pairs}}`,
    };
  }
  const property = quoted(groups.property);
  return {
    within: (alias) => `${alias}.${property} IN $groups`,
    same: (alias, other) => `${alias}.${property} = ${other}.${property}`,
    of: (alias) => `${alias}.${property}`,
    ofItem: (alias, item) => `${alias}.${property} = ${item}.grp`,
    pattern: (value, pairs) => `{${property}: ${value}, ${pairs}}`,
  };
}

/** A property of `alias`, or null where the mapping has none. */
export function property(alias: string, name: string | null | undefined): string {
  return name === null || name === undefined ? 'null' : `${alias}.${quoted(name)}`;
}

/**
 * Assignments of which some may delete a property, each by itself. FalkorDB before 4.20 loses assignments of one SET that deletes
 * several properties.
 *
 * @param carried variables that the statement needs afterwards
 */
export function setEach(carried: string, assignments: readonly string[]): string {
  return assignments.map((one) => `SET ${one}`).join(` WITH ${carried} `);
}

/**
 * Beyond the last row of the page before, in the order of these columns; everything on the first page.
 *
 * @param columns with the name of the bound value each
 */
export function beyond(columns: readonly (readonly [column: string, value: string])[]): string {
  const [first, ...rest] = columns;
  if (first === undefined) return 'false';
  const [column, value] = first;
  const step = `${column} > $${value}`;
  return rest.length === 0 ? step : `(${step} OR (${column} = $${value} AND ${beyond(rest)}))`;
}
