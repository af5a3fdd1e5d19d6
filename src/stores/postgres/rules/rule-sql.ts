import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { idText, lacksId } from '../../../database/row-ids.ts';
import type { CollectionMapping, Field } from '../../../domain/mapping.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { hasReadableJson, isCounted } from '../scope.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** A rule's verdict on one row, in SQL. */
export interface Judgement {
  readonly kind: Rule['kind'];
  readonly id: Sql<string>;
  /** Why a row can be due, the strongest first. Where it is due for several, the first counts. */
  readonly reasons: readonly { readonly name: string; readonly holds: Sql<boolean> }[];
  /** For any of them. */
  readonly due: Sql<boolean>;
  /** A value is written but cannot be read, or the row cannot be judged at all. */
  readonly unreadable: Sql<boolean>;
  /** The date that "oldest" shows. */
  readonly since: Sql<Date | null>;
  /** The values that the rule read, as text that does not depend on a session's settings; `null`: no hold exempts from this rule. */
  readonly state: Sql<string> | null;
  /** Of a rule that changes rows. */
  readonly change?: ChangeSql;
  /** Of a rule that merges rows: the id of the row that this one is merged into. An item keeps it. */
  readonly survivor?: Sql<string>;
}

export interface ChangeSql {
  /** The field whose value is written. */
  readonly field: Field;
  /** The field as it is stored now, and as it is to be stored; `stored` is null where only something is noted. */
  readonly former: Sql<string | null>;
  readonly stored: Sql<string | null>;
  /** Further columns of an item: what `coppice.decay_bases` is to keep of the row, and what it keeps now. */
  readonly base?: Facts<BaseColumn>;
  /** The values that the rule reads besides the one that it changes, as text. */
  readonly unchanged: Sql<string>;
  /** Whether Coppice has something to note of the row although nothing of it is changed. */
  readonly noted: Sql<boolean>;
  /** Whether the row counts for the brake, of those that are due. */
  readonly braked: Sql<boolean>;
}

type BaseColumn =
  | 'score'
  | 'counted_from'
  | 'accessed_at'
  | 'base_score'
  | 'base_from'
  | 'base_accessed'
  | 'base_stored';

/** Of every row: its id as text, and whether it cannot be judged because it has none or a JSON column cannot be read. */
export interface Identity {
  readonly id: Sql<string>;
  readonly unjudged: Sql<boolean>;
}

export type Facts<Name extends string> = Readonly<Record<Name, Sql>>;

interface RuleParts<
  R extends Rule,
  Written extends string,
  Read extends string,
  Derived extends string,
  Elsewhere extends string,
> {
  /** Columns from other tables. A survey reads them; of a row under its lock they are null. */
  joined?(mapping: CollectionMapping, rule: R): JoinedFacts<Elsewhere>;
  /** Columns that follow from a set of rows, by window functions. A survey reads them; of a row under its lock they are null. */
  overSet?(facts: Facts<Written | Read>, mapping: CollectionMapping, rule: R): ElsewhereColumns<Elsewhere>;
  /** Values of a row, as they are written. */
  written(alias: string, mapping: CollectionMapping, rule: R): Facts<Written>;
  /** Those values, interpreted. */
  read(written: Facts<Written>, mapping: CollectionMapping, rule: R): Facts<Read>;
  /** Values that follow from both. */
  derived?(facts: Facts<Written | Read | Elsewhere>, mapping: CollectionMapping, rule: R): Facts<Derived>;
  judge(facts: Facts<Written | Read | Derived | Elsewhere> & Identity, mapping: CollectionMapping, rule: R): Judgement;
}

export interface JoinedFacts<Name extends string> {
  /** Joins at most one row to each row `d`. */
  readonly join: Sql;
  readonly columns: ElsewhereColumns<Name>;
}

type ElsewhereColumns<Name extends string> = Readonly<Record<Name, ElsewhereColumn>>;

interface ElsewhereColumn {
  readonly value: Sql;
  readonly type: 'float8' | 'text' | 'timestamptz' | 'boolean';
}
/** A rule of `domain/rules` in SQL. */
export interface RuleSql<R extends Rule> {
  /** The verdict on a row of the table. */
  ofRow(alias: string, mapping: CollectionMapping, rule: R): Judgement;
  /** The verdict on a row of `factRows`. */
  ofFacts(alias: string, mapping: CollectionMapping, rule: R): Judgement;
  /**
   * Rows of the collection, with their facts computed once each: finding a date in a JSON column and making an instant of
   * it costs more than all else, and the rule asks for it again and again. `more` are columns of the caller's own, which
   * names the row `d`, `joined` to what else it needs.
   */
  factRows(mapping: CollectionMapping, rule: R, more: Sql, joined: Sql): Sql;
}

/**
 * Ends a subquery whose columns are computed once a row: without it the planner copies their expressions to wherever they
 * are used. In quotes, since a bare 0 is a cast at first, for which the planner gives up reading with several processes.
 */
export const computedOnce = sql`offset '0'`;

export function defineRule<
  R extends Rule,
  Written extends string,
  Read extends string,
  Derived extends string = never,
  Elsewhere extends string = never,
>(parts: RuleParts<R, Written, Read, Derived, Elsewhere>): RuleSql<R> {
  const { written, read, judge } = parts;
  const derived = parts.derived ?? (() => ({}) as Facts<Derived>);
  const nowhere = {} as ElsewhereColumns<Elsewhere>;
  const joinedOf = (mapping: CollectionMapping, rule: R) =>
    parts.joined?.(mapping, rule) ?? { join: sql``, columns: nowhere };
  const withoutOthers = (alias: string, mapping: CollectionMapping, rule: R) => {
    const first = written(alias, mapping, rule);
    const both = { ...first, ...read(first, mapping, rule) };
    const over = parts.overSet?.(both, mapping, rule) ?? nowhere;
    return { ...both, ...absent({ ...joinedOf(mapping, rule).columns, ...over }) };
  };
  return {
    ofRow: (alias, mapping, rule) => {
      const facts = withoutOthers(alias, mapping, rule);
      return judge({ ...facts, ...derived(facts, mapping, rule), ...identity(alias, mapping) }, mapping, rule);
    },
    ofFacts: (alias, mapping, rule) => {
      const facts = withoutOthers('d', mapping, rule);
      const columns = { ...columnsOf(alias, facts), ...columnsOf(alias, derived(facts, mapping, rule)) };
      const own = { id: sql<string>`${sql.id(alias, 'row_id')}`, unjudged: sql<boolean>`${sql.id(alias, 'unjudged')}` };
      return judge({ ...columns, ...own }, mapping, rule);
    },
    factRows: (mapping, rule, more, joined) => {
      const others = joinedOf(mapping, rule);
      const first = written('d', mapping, rule);
      const { id, unjudged } = identity('d', mapping);
      const second = read(columnsOf('w', first), mapping, rule);
      const rows = sql`(
        select w.*${selected(second)}
        from (
          select ${id} as row_id, ${unjudged} as unjudged, ${more}${selected(first)}${selected(valuesOf(others.columns))}
          from ${tableRef(mapping.table)} d ${joined} ${others.join}
          where ${isCounted(mapping)} ${computedOnce}
        ) w ${computedOnce}
      )`;
      if (parts.derived === undefined && parts.overSet === undefined) return rows;
      const both = { ...columnsOf('f', first), ...columnsOf('f', second) };
      const over = valuesOf(parts.overSet?.(both, mapping, rule) ?? nowhere);
      const third = derived({ ...both, ...columnsOf('f', valuesOf(others.columns)), ...over }, mapping, rule);
      return sql`(select f.*${selected(over)}${selected(third)} from ${rows} f ${computedOnce})`;
    },
  };
}

function absent<Name extends string>(columns: ElsewhereColumns<Name>): Facts<Name> {
  return each(columns, ({ type }) => sql`null::${sql.raw(type)}`);
}

function valuesOf<Name extends string>(columns: ElsewhereColumns<Name>): Facts<Name> {
  return each(columns, ({ value }) => value);
}

function each<Name extends string>(columns: ElsewhereColumns<Name>, of: (column: ElsewhereColumn) => Sql): Facts<Name> {
  const named = Object.entries<ElsewhereColumn>(columns).map(([name, column]) => [name, of(column)] as const);
  return Object.fromEntries(named) as Facts<Name>;
}

function identity(alias: string, mapping: CollectionMapping): Identity {
  return {
    id: idText(alias, mapping),
    unjudged: sql`(${lacksId(alias, mapping)} or not ${hasReadableJson(alias, mapping)})`,
  };
}

function columnsOf<Name extends string>(alias: string, facts: Facts<Name>): Facts<Name> {
  return Object.fromEntries(Object.keys(facts).map((name) => [name, sql`${sql.id(alias, name)}`])) as Facts<Name>;
}

function selected(facts: Facts<string>): Sql {
  const columns = Object.entries(facts).map(([name, value]) => sql`, ${value} as ${sql.id(name)}`);
  return columns.length === 0 ? sql`` : sql.join(columns, sql``);
}
