import type { Command } from 'commander';
import type { CalibrationJson, TypeCalibrationJson } from '../../operations/groups/calibrate.ts';
import { withSession } from '../command.ts';
import { describeErrorRate, describeEvidence } from '../describe-pairs.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

export function calibrateCommand(program: Command): void {
  program
    .command('calibrate')
    .description('estimate how many merges of deduplicate-facts would be wrong, without labels; changes nothing')
    .argument('<job>', 'deduplicate-facts')
    .option('--graph <name>', 'may be left out where there is one')
    .option('--group <id>', 'only this group')
    .action((job: string, options: { graph?: string; group?: string }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { calibrate } = await import('../../operations/groups/calibrate.ts');
        const { graph = null, group = null } = options;
        const result = await calibrate(context, { job, graph, group });
        output.result(result, () => describe(result));
        return result.left_out.length === 0 ? exitCodes.success : exitCodes.partial;
      }),
    );
}

function describe({ graph, groups, left_out }: CalibrationJson): string[] {
  return [
    ...groups.flatMap(({ group_id, types, judged }) => [
      `${graph}, group ${printable(group_id)}: ${judged.merged} merged so far, ${judged.accepted} accepted, ${judged.kept_apart} kept apart`,
      ...types.flatMap(describeType),
    ]),
    ...left_out.map((group) => `group ${printable(group)} has too many entities: raise max_entities`),
  ];
}

function describeType(one: TypeCalibrationJson): string[] {
  const { estimated_error_rate: rate } = one;
  const estimate = describeErrorRate(rate);
  const { right, wrong } = one.judged_merges;
  const judged =
    right + wrong === 0 ? '' : `; of the pairs that would be merged, people found ${right} right and ${wrong} wrong`;
  const name = one.type === '' ? 'without a type' : printable(one.type);
  return [
    `  ${name}: ${one.entities} entities, ${one.merges} merges, model ${one.model}, regime ${one.regime ?? 'none'}, ` +
      `cut-off ${one.cutoff_bits?.toFixed(1) ?? 'none'}`,
    `    ${estimate}${judged}`,

    ...(one.border.length === 0
      ? []
      : table([['', 'pair', 'outcome', 'one', 'other', 'bits', 'guard', 'evidence'], ...one.border.map(rowOf)])),
  ];
}

function rowOf({ pair, outcome, one, other, bits, guard, evidence }: TypeCalibrationJson['border'][number]): string[] {
  return [
    '   ',
    pair ?? '',
    outcome,
    `${printable(evidence.survivor_name).slice(0, 32)} (${printable(one).slice(0, 36)})`,
    `${printable(evidence.loser_name).slice(0, 32)} (${printable(other).slice(0, 36)})`,
    bits.toFixed(1),
    guard ?? '',
    describeEvidence(evidence),
  ];
}
