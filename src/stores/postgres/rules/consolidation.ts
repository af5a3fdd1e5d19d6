import { type RawBuilder, sql } from 'kysely';
import { idText } from '../../../database/row-ids.ts';
import { requiredField } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { ConsolidationRule } from '../../../domain/rules/consolidation.ts';
import { proposedMerges } from '../../../state/proposals/proposed-merges.ts';
import { textOf } from '../fields.ts';
import { hasKnownHash } from '../memories/rewritable.ts';
import { instant, isPinned, optionalText, written } from './memory-fields.ts';
import { defineRule } from './rule-sql.ts';

type Written = 'user_written' | 'bot_written' | 'content_written' | 'created_written' | 'pinned_written';

/**
 * Rows that open proposals name as members of a cluster. A survey reads the proposals; of a row under its lock, `copies/`
 * compares it and the row that stays with the proposal once more.
 */
export const consolidation = defineRule<ConsolidationRule, Written, 'created', never, 'survivor'>({
  joined: (mapping, rule) => ({
    join: rule.proposalsKnown
      ? sql`left join ${proposedMerges(mapping.name, rule.states)} m
          on m.partition = ${textOf('d', mapping.partition)} and m.row_id = ${idText('d', mapping)}
            and m.row_text = ${textOf('d', requiredField(mapping, 'content'))}`
      : sql``,
    // A row that no proposal names stays by itself.
    columns: { survivor: { value: survivorOf(mapping, rule), type: 'text' } },
  }),
  written: (alias, mapping) => ({
    user_written: textOf(alias, mapping.partition),
    bot_written: optionalText(alias, mapping, 'bot'),
    content_written: textOf(alias, requiredField(mapping, 'content')),
    created_written: written(alias, mapping, 'created_at'),
    pinned_written: optionalText(alias, mapping, 'pinned'),
  }),
  read: (facts, mapping) => ({ created: instant(facts.created_written, mapping, 'created_at') }),
  judge: (row, _mapping, rule) => {
    const due = sql<boolean>`(not ${row.unjudged} and coalesce(${row.user_written}, '') <> ''
      and not ${isPinned(row.pinned_written)} and ${ofBot(row.bot_written, rule)}
      and coalesce(${row.survivor} <> ${row.id}, true))`;
    return {
      kind: 'consolidation',
      id: row.id,
      reasons: [{ name: 'restatement', holds: due }],
      due,
      unreadable: row.unjudged,
      since: sql`${row.created}`,
      state: sql`md5(coalesce(${row.content_written}, ''))`,
      survivor: sql`${row.survivor}`,
    };
  },
});

function survivorOf(mapping: CollectionMapping, { proposalsKnown }: ConsolidationRule): RawBuilder<string> {
  const own = idText('d', mapping);
  return proposalsKnown ? sql`coalesce(m.survivor, ${own})` : own;
}

function ofBot(bot: RawBuilder<unknown>, rule: ConsolidationRule): RawBuilder<boolean> {
  return rule.bot === null ? sql`true` : sql`coalesce(${bot}, '') = ${rule.bot}`;
}

/** Whether an open proposal merges the row `member` into the row `survivor`, with both texts as they are. */
export function isProposedMerge(
  member: string,
  survivor: string,
  mapping: CollectionMapping,
  rule: ConsolidationRule,
): RawBuilder<boolean> {
  const text = (alias: string) => textOf(alias, requiredField(mapping, 'content'));
  // Without its united text a pair loses what only one of the two states.
  const takesText =
    mapping.vectors.in === 'row'
      ? sql`(${hasKnownHash(survivor, mapping)} and not ${isPinned(optionalText(survivor, mapping, 'pinned'))})`
      : sql`false`;
  const same = (['bot', 'session'] as const).map(
    (name) => sql`${optionalText(member, mapping, name)} is not distinct from ${optionalText(survivor, mapping, name)}`,
  );
  return sql`(${textOf(member, mapping.partition)} = ${textOf(survivor, mapping.partition)}
    and ${sql.join(same, sql` and `)} and not ${isPinned(optionalText(member, mapping, 'pinned'))}
    and exists (select from ${proposedMerges(mapping.name, rule.states)} m
      where m.partition = ${textOf(member, mapping.partition)} and m.row_id = ${idText(member, mapping)}
        and m.survivor = ${idText(survivor, mapping)} and m.row_text = ${text(member)} and m.survivor_text = ${text(survivor)}
        and (m.united is null or ${takesText})))`;
}
