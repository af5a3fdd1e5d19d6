import { type RawBuilder, sql } from 'kysely';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { BuiltInRule, PluginRule, Rule } from '../../../domain/rules/index.ts';
import { cleanup } from './cleanup.ts';
import { consolidation } from './consolidation.ts';
import { decay } from './decay.ts';
import { dedup } from './dedup.ts';
import { expiry } from './expiry.ts';
import { refresh } from './refresh.ts';
import type { Judgement, RuleSql } from './rule-sql.ts';

type RuleOf = { [Kind in BuiltInRule['kind']]: Extract<BuiltInRule, { readonly kind: Kind }> };

/** Every built-in rule in SQL, by its kind. */
const rules: { readonly [Kind in BuiltInRule['kind']]: RuleSql<RuleOf[Kind]> } = {
  expiry,
  refresh,
  decay,
  cleanup,
  dedup,
  consolidation,
};

/** A rule by its kind: `kind` and the rest of it belong together. */
type Chosen<Kind extends BuiltInRule['kind']> = RuleOf[Kind] & { readonly kind: Kind };

/** The verdict on a row of the table. */
export function judgeRow(alias: string, mapping: CollectionMapping, rule: Rule): Judgement {
  return withSql(rule, (ruleSql, one) => ruleSql.ofRow(alias, mapping, one));
}

/** The verdict on a row of `factRows`. */
export function judgeFacts(alias: string, mapping: CollectionMapping, rule: Rule): Judgement {
  return withSql(rule, (ruleSql, one) => ruleSql.ofFacts(alias, mapping, one));
}

/** Rows of the collection with what the rule reads of them: see `RuleSql`. */
export function factRows(
  mapping: CollectionMapping,
  rule: Rule,
  more: RawBuilder<unknown>,
  joined: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  return withSql(rule, (ruleSql, one) => ruleSql.factRows(mapping, one, more, joined));
}

function withSql<T>(rule: Rule, use: <R extends Rule>(ruleSql: RuleSql<R>, rule: R) => T): T {
  return isPluginRule(rule) ? use(sqlOfPlugin(rule), rule) : withBuiltIn(rule, use);
}

function withBuiltIn<Kind extends BuiltInRule['kind'], T>(
  rule: Chosen<Kind>,
  use: <R extends Rule>(ruleSql: RuleSql<R>, rule: R) => T,
): T {
  const { kind } = rule;
  return use<RuleOf[Kind]>(rules[kind], rule);
}

function isPluginRule(rule: Rule): rule is PluginRule {
  return rule.kind.startsWith('plugin/');
}

function sqlOfPlugin({ kind, sql: given }: PluginRule): RuleSql<PluginRule> {
  if (isRuleSql(given)) return given;
  throw new Error(`rule ${kind}: \`sql\` is not what defineRule returns`);
}

function isRuleSql(given: object): given is RuleSql<PluginRule> {
  return 'ofRow' in given && 'ofFacts' in given && 'factRows' in given;
}
