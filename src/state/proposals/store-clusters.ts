import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { ProposalContent } from '../../domain/profiles/proposal.ts';
import type { AnsweredBy } from './pair-verdicts.ts';
import { consolidationJob } from './proposed-merges.ts';

/** A cluster of memories of one user, as a proposal holds it. */
export interface ProposedCluster {
  /** The ids of its members as JSON text, in their order. */
  readonly subject: string;
  /** Digest of the texts, the rules' version and the limits. */
  readonly question: string;
  readonly state: 'proposed' | 'related';
  readonly asked: boolean;
  readonly content: ProposalContent;
}

/**
 * Stores what was found about the memories of a user. Open proposals that were not found again are outdated; one about which a
 * person or a run has decided stays as it is while its texts are the same, also under another version of the rules.
 */
export async function storeClusters(
  tx: Tx,
  at: { readonly collection: string; readonly user: string; readonly runNo: number | null },
  clusters: readonly ProposedCluster[],
  by: AnsweredBy | null,
): Promise<void> {
  const { collection, user, runNo } = at;
  const found = clusters.map(({ content, ...cluster }) => ({
    ...cluster,
    content,
    due: cluster.state === 'proposed' ? content.removed.length : 0,
  }));
  await sql`
    with found as (
      select * from jsonb_to_recordset(${JSON.stringify(found)}::jsonb)
        as f (subject text, question text, state text, asked boolean, content jsonb, due int)
    ),
    outdated as (
      update coppice.proposals q set state = 'outdated'
      where q.job = ${consolidationJob} and q.collection = ${collection} and q.partition = ${user}
        and q.state in ('proposed', 'related') and not exists (
          select from found f where f.subject = q.subject and f.question = q.question)
    )
    insert into coppice.proposals as q
      (job, collection, partition, subject, question, state, asked, content, due, prompt_version, model, run_no, answered_at)
    select ${consolidationJob}, ${collection}, ${user}, f.subject, f.question, f.state, f.asked, f.content, f.due,
      case when f.asked then ${by?.promptVersion ?? null} end, case when f.asked then ${by?.model ?? null} end, ${runNo}, now()
    from found f where not exists (
      select from coppice.proposals d
      where d.job = ${consolidationJob} and d.collection = ${collection} and d.partition = ${user} and d.subject = f.subject
        and d.question <> f.question and d.state in ('rejected', 'undone', 'reverted')
        and split_part(d.question, ':', 1) = split_part(f.question, ':', 1))
    on conflict (job, collection, partition, subject, question) do update
      set state = excluded.state, asked = excluded.asked, content = excluded.content, due = excluded.due,
        prompt_version = excluded.prompt_version, model = excluded.model, run_no = excluded.run_no, answered_at = now()
      where q.state in ('proposed', 'related', 'outdated')`.execute(tx);
}

/** Sets of memories of a user, by their ids, of which a person has said that they are never merged. */
export async function neverMerged(db: Db, collection: string, user: string): Promise<readonly ReadonlySet<string>[]> {
  const { rows } = await sql<{ ids: string[] }>`select q.subject::jsonb as ids from coppice.proposals q
    where q.job = ${consolidationJob} and q.collection = ${collection} and q.partition = ${user} and q.state = 'never'`.execute(
    db,
  );
  return rows.map(({ ids }) => new Set(ids));
}
