import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { readInstant, textOf, writtenOf } from '../fields.ts';
import { inCollection } from '../scope.ts';
import { vectorOf } from './vector-column.ts';

/** So many of a user's latest questions are asked again. */
const latest = 20;

/** The vectors of the questions that a user asked last, as a query in brackets. */
export function latestQuestions(questions: CollectionMapping, user: RawBuilder<unknown>): RawBuilder<unknown> {
  const asked = timeFieldOf(questions, 'asked_at');
  const order = asked === null ? sql`true` : sql`${readInstant(writtenOf('q', asked), asked)} desc nulls last`;
  const vector = vectorOf('q', questions);
  return sql`(select ${vector} as vector from ${tableRef(questions.table)} q
    where ${textOf('q', questions.partition)} = ${user} and ${inCollection('q', questions)} and ${vector} is not null
    order by ${order} limit ${sql.lit(latest)})`;
}
