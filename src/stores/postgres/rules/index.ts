import { type RawBuilder, sql } from 'kysely';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { cleanup } from './cleanup.ts';
import { consolidation } from './consolidation.ts';
import { decay } from './decay.ts';
import { dedup } from './dedup.ts';
import { expiry } from './expiry.ts';
import { refresh } from './refresh.ts';
import type { Judgement, RuleSql } from './rule-sql.ts';

type RuleOf = { [Kind in Rule['kind']]: Extract<Rule, { readonly kind: Kind }> };

/** Every rule in SQL, by its kind. */
const rules: { readonly [Kind in Rule['kind']]: RuleSql<RuleOf[Kind]> } = {
  expiry,
  refresh,
  decay,
  cleanup,
  dedup,
  consolidation,
};

/** A rule by its kind: `kind` and the rest of it belong together. */
type Chosen<Kind extends Rule['kind']> = RuleOf[Kind] & { readonly kind: Kind };

/** The verdict on a row of the table. */
export function judgeRow<Kind extends Rule['kind']>(
  alias: string,
  mapping: CollectionMapping,
  rule: Chosen<Kind>,
): Judgement {
  return rules[rule.kind].ofRow(alias, mapping, rule);
}

/** The verdict on a row of `factRows`. */
export function judgeFacts<Kind extends Rule['kind']>(
  alias: string,
  mapping: CollectionMapping,
  rule: Chosen<Kind>,
): Judgement {
  return rules[rule.kind].ofFacts(alias, mapping, rule);
}

/** Rows of the collection with what the rule reads of them: see `RuleSql`. */
export function factRows<Kind extends Rule['kind']>(
  mapping: CollectionMapping,
  rule: Chosen<Kind>,
  more: RawBuilder<unknown>,
  joined: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  return rules[rule.kind].factRows(mapping, rule, more, joined);
}
