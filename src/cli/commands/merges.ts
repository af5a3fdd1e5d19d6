import { type Command, Option } from 'commander';
import { type MergeStateName, mergeStates } from '../../domain/merging/merge-state.ts';
import type { MergeDecision, MergeDetailJson, MergeJson, MergeSideJson } from '../../operations/groups/merges.ts';
import { withSession } from '../command.ts';
import { describeEvidence } from '../describe-pairs.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  readonly graph?: string;
  readonly group?: string;
  readonly state?: MergeStateName;
  readonly limit: number;
  readonly cursor?: string;
}

const decisions: readonly (readonly [MergeDecision, string])[] = [
  [
    'accept',
    'accept it: the next run of deduplicate-facts merges the two, unless the merge is larger than the limits of the job',
  ],
  ['never', 'keep the two apart from now on'],
  ['split', 'take a merge apart: the next run of deduplicate-facts does it, and the two are kept apart'],
];

export function mergesCommand(program: Command): void {
  const merges = program
    .command('merges')
    .description('list and decide pairs of entities that deduplicate-facts found to be one');
  merges
    .command('list')
    .description('list them, the latest first')
    .option('--graph <name>', 'of this graph')
    .option('--group <id>', 'of this group')
    .addOption(
      new Option('--state <state>', 'in this state; review: those that wait for a person').choices(mergeStates),
    )
    .option('--limit <number>', 'the most that are printed', wholeNumber, 50)
    .option('--cursor <cursor>', 'the page after the one that gave this')
    .action((options: Options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { listMerges } = await import('../../operations/groups/merges.ts');
        const { graph = null, group = null, state = null, limit, cursor = null } = options;
        const page = await listMerges(context, { graph, group, state, limit, cursor });
        output.result(page, () => describeList(page.merges));
        return exitCodes.success;
      }),
    );
  merges
    .command('show')
    .description('show both entities of a pair as they are now, and what a merge changed')
    .argument('<pair>', 'the id of a pair')
    .action((id: string, _options: object, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { showMerge } = await import('../../operations/groups/merges.ts');
        const found = await showMerge(context, id);
        output.result(found, () => describeMerge(found));
        return exitCodes.success;
      }),
    );
  for (const [decision, description] of decisions) {
    merges
      .command(decision)
      .description(description)
      .argument('<pair>', 'the id of a pair')
      .action((id: string, _options: object, command: Command) =>
        withSession(command, async ({ context }, output) => {
          const { decideOnMerge } = await import('../../operations/groups/merges.ts');
          const decided = await decideOnMerge(context, id, decision);
          output.result(decided, () => [`pair ${decided.id}: ${decided.state}`]);
          return exitCodes.success;
        }),
      );
  }
}

function describeList(merges: readonly MergeJson[]): string[] {
  return table([
    ['id', 'group', 'type', 'state', 'stays', 'merged', 'bits', 'guard', 'evidence'],
    ...merges.map((one) => [
      one.id,
      printable(one.group_id).slice(0, 24),
      printable(one.type).slice(0, 20),
      one.state,
      `${printable(one.evidence.survivor_name).slice(0, 32)} (${printable(one.survivor).slice(0, 36)})`,
      `${printable(one.evidence.loser_name).slice(0, 32)} (${printable(one.loser).slice(0, 36)})`,
      one.bits === null ? '' : one.bits.toFixed(1),
      one.guard ?? one.reason ?? '',
      describeEvidence(one.evidence),
    ]),
  ]);
}

function describeMerge(merge: MergeDetailJson): string[] {
  const { evidence, merged } = merge;
  return [
    `pair ${merge.id}: ${merge.state}${merge.reason === null ? '' : ` (${printable(merge.reason)})`}`,
    `  ${merge.graph}, group ${printable(merge.group_id)}, type ${printable(merge.type)}`,
    `  bits ${merge.bits?.toFixed(1) ?? 'unknown'}, cosine ${evidence.cosine?.toFixed(2) ?? 'unknown'}, guard ${merge.guard ?? 'none'}`,
    `  ${describeEvidence(evidence)}`,
    ...describeSide('stays', merge.survivor, merge.survivor_side),
    ...describeSide('merged', merge.loser, merge.loser_side),
    ...(merged === null
      ? []
      : [
          `  ${merged.moved_edges} edges moved, ${merged.joined_edges} joined or dropped; changed: ` +
            `${merged.changed_values.map(printable).join(', ') || 'nothing'}`,
        ]),
  ];
}

function describeSide(what: string, id: string, side: MergeSideJson | null): string[] {
  if (side === null) return [`  ${what}: ${printable(id)}, which does not exist now`];
  const { name, text, properties, neighbours } = side;
  return [
    `  ${what}: ${printable(name)} (${printable(id)})`,
    ...(text === '' ? [] : [`    ${printable(text).slice(0, 400)}`]),
    ...Object.entries(properties).map(([key, value]) => `    ${printable(key)}: ${printable(value).slice(0, 200)}`),
    ...(neighbours.length === 0 ? [] : [`    joined to ${neighbours.map(printable).join(', ')}`]),
  ];
}
