import type { Db } from '../../database/schema.ts';
import { profileOf } from '../../domain/profiles/proposal.ts';
import { type EntityResult, noteEntities } from '../../state/proposals/entity-results.ts';
import { adoptAnswers, type PreviewedAnswer, previewedAnswers } from '../../state/proposals/previewed.ts';
import type { AttributeTable, ProfileName } from '../../stores/ports/attribute-table.ts';
import { jobId, type ProfileSettings } from './settings.ts';

const states = ['proposed', 'nothing', 'unusable'] as const;

interface Previewed {
  readonly db: Db;
  readonly collection: string;
  readonly attributes: AttributeTable;
  readonly settings: ProfileSettings;
}

/**
 * Names the answers of previews in the results of a run, as if it had asked itself: it finds them stored, and does not ask
 * again. Profiles that have changed since are left to the answers about what they are now.
 */
export async function namePreviewed(previewed: Previewed, runNo: number): Promise<void> {
  const { db, collection, settings } = previewed;
  const wanted = { job: jobId, collection, terms: settings.terms, states };
  for await (const page of previewedAnswers(db, wanted)) {
    const notes = await notesOf(previewed, page);
    await noteEntities(
      db,
      runNo,
      notes.map(({ note }) => note),
    );
    await adoptAnswers(
      db,
      notes.map(({ id }) => id),
      runNo,
    );
  }
}

async function notesOf(
  { db, attributes, settings }: Previewed,
  page: readonly PreviewedAnswer[],
): Promise<{ readonly id: string; readonly note: EntityResult }[]> {
  const { entities, type, bot } = settings.filter;
  const named = page.flatMap((answer) => {
    const profile = { entity: answer.partition, ...profileOf(answer.subject) };
    const isWanted =
      (entities?.includes(profile.entity) ?? true) &&
      profile.type === (type ?? profile.type) &&
      profile.bot === (bot ?? profile.bot);
    return isWanted ? [{ answer, profile }] : [];
  });
  const found = await attributes.read(
    db,
    named.map(({ profile }) => profile),
  );
  const byName = new Map(found.map((profile) => [nameOf(profile), profile]));
  return named.flatMap(({ answer: { id, question, collection, partition, subject, problem }, profile }) => {
    const now = byName.get(nameOf(profile));
    if (now === undefined || question !== `${now.data}:${settings.terms}`) return [];
    const { lines } = now;
    const note = { collection, partition, subject, before: lines, after: lines, categories: [], error: problem };
    return [{ id, note }];
  });
}

function nameOf({ entity, type, bot }: ProfileName): string {
  return JSON.stringify([entity, type, bot]);
}
