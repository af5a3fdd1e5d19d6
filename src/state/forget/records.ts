import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import { forgetChanges, forgetChangesOfPartition } from '../ledger/changes.ts';
import { forgetMerges } from './merges.ts';
import { forgetProposals } from './proposals.ts';
import type { Subject } from './subject.ts';
import { forgetInTokens } from './tokens.ts';

/** Replaces a partition's name in the records of runs, whose counts stay. */
const forgotten = '(forgotten)';

export interface ForgottenRecords {
  readonly holds: number;
  readonly dead_letters: number;
  readonly run_records: number;
  readonly surveys: number;
  /** Of a language model or of rules, pairs of entities, and results about the subject. */
  readonly proposals: number;
  /** Of graphs, in the registry. */
  readonly groups: number;
  /** Tokens whose lists named the subject, and those of them that had nothing else to see. */
  readonly token_lists: number;
  readonly revoked_tokens: number;
}

/** Holds, dead letters and what the records of runs say of the subject. Run again it finds nothing. */
export async function forgetRecords(tx: Tx, subject: Subject): Promise<ForgottenRecords> {
  const of = subject.collection;
  const inCollection = (column: string): RawBuilder<boolean> =>
    sql`(${of}::text is null or ${sql.ref(column)} = ${of}::text)`;
  if (subject.kind === 'rows') {
    const ids = sql`${[...subject.ids]}::text[]`;
    const holds = await sql`delete from coppice.holds where ${inCollection('collection')} and (row_id = any(${ids})
        or case when row_id like '[%' and pg_input_is_valid(row_id, 'jsonb')
          then (row_id::jsonb ->> 2) = any(${ids}) else false end)`.execute(tx);
    const ruleHolds =
      await sql`delete from coppice.rule_holds where ${inCollection('collection')} and row_id = any(${ids})`.execute(
        tx,
      );
    await sql`delete from coppice.decay_bases where ${inCollection('collection')} and row_id = any(${ids})`.execute(tx);
    await forgetChanges(tx, of, subject.ids);
    const proposals = (await forgetProposals(tx, subject)) + (await forgetMerges(tx, subject));
    const records = await sql`
      update coppice.run_partitions set refused = (
        select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements(refused) e where not e #>> '{}' = any(${ids})),
        findings = (select coalesce(jsonb_agg(f), '[]') from jsonb_array_elements(findings) f
          where not coalesce(f ->> 'id' = any(${ids}), false))
      where (refused ?| ${ids} or jsonb_path_query_array(findings, '$[*].id') ?| ${ids})
        and ${inCollection('collection')}`.execute(tx);
    const surveys = await sql`
      update coppice.runs set survey = jsonb_set(survey, '{partitions}', (
        select coalesce(jsonb_agg(jsonb_set(p, '{sample_ids}', (
            select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements(p -> 'sample_ids') e
            where not (e #>> '{}' = any(${ids}) and (${of}::text is null or p ->> 'collection' = ${of}::text)))) order by at), '[]')
        from jsonb_array_elements(survey -> 'partitions') with ordinality t (p, at)))
      where survey is not null and exists (
        select from jsonb_array_elements(survey -> 'partitions') p
        where p -> 'sample_ids' ?| ${ids} and (${of}::text is null or p ->> 'collection' = ${of}::text))`.execute(tx);
    return {
      holds: count(holds) + count(ruleHolds),
      dead_letters: 0,
      run_records: count(records),
      surveys: count(surveys),
      proposals,
      groups: 0,
      token_lists: 0,
      revoked_tokens: 0,
    };
  }
  const { name } = subject;
  const holds =
    await sql`delete from coppice.holds where partition = ${name} and ${inCollection('collection')}`.execute(tx);
  const ruleHolds =
    await sql`delete from coppice.rule_holds where partition = ${name} and ${inCollection('collection')}`.execute(tx);
  await forgetChangesOfPartition(tx, of, name);
  const proposals = (await forgetProposals(tx, subject)) + (await forgetMerges(tx, subject));
  const letters = await sql`
    delete from coppice.dead_letters where partition = ${name} and ${inCollection('collection')}`.execute(tx);
  // Nothing of it can be put back any more, so an undo passes it over.
  const records = await sql`
    update coppice.run_partitions set partition = ${forgotten}, refused = '[]', findings = '[]', removed = 0, recorded = 0
    where partition = ${name} and ${inCollection('collection')}`.execute(tx);
  await sql`
    delete from coppice.partition_locks where partition = ${name} and run_id is null and ${inCollection('collection')}`.execute(
    tx,
  );
  const surveys = await sql`
    update coppice.runs set survey = jsonb_set(survey, '{partitions}', (
      select coalesce(jsonb_agg(p order by at), '[]')
      from jsonb_array_elements(survey -> 'partitions') with ordinality t (p, at)
      where not (p ->> 'partition' = ${name} and (${of}::text is null or p ->> 'collection' = ${of}::text))))
    where survey is not null and exists (
      select from jsonb_array_elements(survey -> 'partitions') p
      where p ->> 'partition' = ${name} and (${of}::text is null or p ->> 'collection' = ${of}::text))`.execute(tx);
  const groups =
    await sql`delete from coppice.graph_groups where group_id = ${name} and ${inCollection('graph')}`.execute(tx);
  return {
    holds: count(holds) + count(ruleHolds),
    groups: count(groups),
    dead_letters: count(letters),
    run_records: count(records),
    surveys: count(surveys),
    proposals,
    ...(of === null ? await forgetInTokens(tx, name) : { token_lists: 0, revoked_tokens: 0 }),
  };
}

function count({ numAffectedRows }: { readonly numAffectedRows?: bigint }): number {
  return Number(numAffectedRows ?? 0);
}
