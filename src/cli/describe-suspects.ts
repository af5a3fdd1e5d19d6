import type { PreviewedFactJson } from '../operations/runs/preview.ts';
import { printable, table } from './output.ts';

const mostShown = 50;

/** Facts whose validity would be restored, for people. */
export function describeSuspects(facts: readonly PreviewedFactJson[]): string[] {
  if (facts.length === 0) return [];
  const more = facts.length - mostShown;
  return [
    '',
    ...table([
      ['group', 'fact', 'sign', 'held until', 'retired at', 'with it', 'replaced by'],
      ...facts
        .slice(0, mostShown)
        .map(({ group_id, id, text, sign, evidence }) => [
          printable(group_id).slice(0, 24),
          `${printable(text).slice(0, 48)} (${printable(id).slice(0, 36)})`,
          sign,
          printable(evidence.valid_to ?? ''),
          printable(evidence.retired_at ?? ''),
          String(evidence.sharing_stamp),
          evidence.replacement === null ? '' : printable(evidence.replacement.text).slice(0, 48),
        ]),
    ]),
    ...(more > 0 ? [`… and ${more} more facts: --json shows them`] : []),
  ];
}
