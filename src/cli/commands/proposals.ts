import { type Command, Option } from 'commander';
import { type ProposalState, proposalStates } from '../../domain/profiles/proposal.ts';
import type { Decision, ProposalDetailJson, ProposalJson } from '../../operations/data/proposals.ts';
import { withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { green, red } from '../style.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  readonly job?: string;
  readonly collection?: string;
  readonly entity?: string;
  readonly state?: ProposalState;
  readonly limit: number;
}

const decisions: readonly (readonly [Decision, string])[] = [
  ['accept', 'accept it: the next run applies it where the data is as it was shown'],
  ['reject', 'reject it: no run applies it; the same question is asked again once the data changes'],
  ['never', 'leave its profile, or its memories together, alone from now on: nothing is asked or changed there'],
];

export function proposalsCommand(program: Command): void {
  const proposals = program
    .command('proposals')
    .description('list and decide the changes that a model or rules propose');
  proposals
    .command('list')
    .description('list them without their texts, the latest first')
    .option('--job <job>', 'of this job')
    .option('--collection <name>', 'of this collection')
    .option('--entity <id>', 'about this entity')
    .addOption(new Option('--state <state>', 'in this state').choices(proposalStates))
    .option('--limit <number>', 'the most that are printed', wholeNumber, 50)
    .action((options: Options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listProposals } = await import('../../operations/data/proposals.ts');
        const { job = null, collection = null, entity = null, state = null, limit } = options;
        const page = await listProposals(context, { job, collection, entity, state, limit, cursor: null });
        output.result(page, () => describeList(page.proposals));
        return exitCodes.success;
      }),
    );
  proposals
    .command('show')
    .description('show one as a diff of the lines that it changes')
    .argument('<proposal>', 'the id of a proposal')
    .action((id: string, _options: object, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { showProposal } = await import('../../operations/data/proposals.ts');
        const found = await showProposal(context, id);
        output.result(found, () => describeProposal(found));
        return exitCodes.success;
      }),
    );
  for (const [decision, description] of decisions) {
    proposals
      .command(decision)
      .description(description)
      .argument('<proposal>', 'the id of a proposal')
      .action((id: string, _options: object, command: Command) =>
        withDatabase(command, async ({ context }, output) => {
          const { decide } = await import('../../operations/data/proposals.ts');
          const decided = await decide(context, id, decision);
          output.result(decided, () => [`proposal ${decided.id}: ${decided.state}`]);
          return exitCodes.success;
        }),
      );
  }
}

function describeList(proposals: readonly ProposalJson[]): string[] {
  return table([
    ['id', 'collection', 'entity', 'type', 'bot', 'state', 'lines', 'since', 'reason'],
    ...proposals.map((one) => [
      one.id,
      one.collection,
      printable(one.entity_id).slice(0, 40),
      printable(one.entity_type),
      printable(one.bot_id ?? ''),
      one.state,
      String(one.due),
      (one.answered_at ?? one.created_at).slice(0, 19),
      one.problem ?? '',
    ]),
  ]);
}

/** As `diff` prints it: lines that disappear, and what takes their place. */
function describeProposal(proposal: ProposalDetailJson): string[] {
  const { lines, changes } = proposal;
  const text = ({ category, key, value }: { category: string; key: string; value: string }) =>
    printable(key === '' ? value : `${category} ${key}: ${value}`);
  const changeOf = new Map(changes.flatMap((change) => change.lines.map((line) => [line, change] as const)));
  const by = proposal.model === null ? 'rules' : `${proposal.model}, prompt ${proposal.prompt_version}`;
  return [
    `proposal ${proposal.id}: ${proposal.state}, by ${by}`,
    `  ${proposal.collection}, ${printable(proposal.entity_type)} ${printable(proposal.entity_id)}` +
      (proposal.bot_id === null ? '' : `, bot ${printable(proposal.bot_id)}`),
    ...(proposal.problem === null ? [] : [`  ${proposal.problem}`]),
    ...lines.flatMap((line) => {
      const change = changeOf.get(line.line);
      if (change === undefined) return [`    ${text(line)}`];
      const place = change.by === null ? '' : ` (line ${change.by} stays)`;
      const isFirst = change.lines[0] === line.line;
      return [
        red(`  - ${text(line)}   # ${change.reason}${place}`),
        ...(change.added === null || !isFirst ? [] : [green(`  + ${text(change.added)}`)]),
      ];
    }),
  ];
}
