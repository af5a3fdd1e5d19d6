import type { Command } from 'commander';
import type { GroupDetailJson, GroupPageJson } from '../../operations/groups/groups.ts';
import { reportRun, withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

interface GraphOption {
  readonly graph?: string;
}

interface ListOptions extends GraphOption {
  readonly limit: string;
  readonly cursor?: string;
}

export function groupsCommand(program: Command): void {
  const groups = program.command('groups').description('groups of graphs: which are stale, and what became of them');
  for (const [name, stale, text] of [
    ['list', false, 'every group that is known'],
    ['stale', true, 'groups that are to be collected or recomputed'],
  ] as const) {
    groups
      .command(name)
      .description(text)
      .option('--graph <name>', 'only of this graph')
      .option('--limit <n>', 'at most so many', '100')
      .option('--cursor <cursor>', 'the page after the one that gave this')
      .action((options: ListOptions, command: Command) =>
        withSession(command, async ({ context }, output) => {
          const { listGroups } = await import('../../operations/groups/groups.ts');
          const query = { graph: options.graph ?? null, limit: Number(options.limit), cursor: options.cursor ?? null };
          const page = await listGroups(context, { ...query, stale });
          output.result(page, () => describePage(page));
          return exitCodes.success;
        }),
      );
  }
  groups
    .command('show')
    .description('one group, with what it holds now')
    .argument('<group>', 'its id')
    .option('--graph <name>', 'may be left out where there is one')
    .action((group: string, { graph = null }: { graph?: string | null }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { showGroup } = await import('../../operations/groups/groups.ts');
        const detail = await showGroup(context, { graph, group });
        output.result(detail, () => describe(detail));
        return exitCodes.success;
      }),
    );
  groups
    .command('mark-stale')
    .description('mark a group as changed, so that the next run works on it')
    .argument('<group>', 'its id')
    .option('--graph <name>', 'may be left out where there is one')
    .action((group: string, { graph = null }: { graph?: string | null }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { markGroupStale } = await import('../../operations/groups/groups.ts');
        const marked = await markGroupStale(context, { graph, group });
        output.result(marked, () => [`group ${printable(marked.group_id)} is stale`]);
        return exitCodes.success;
      }),
    );
  groups
    .command('deprecate')
    .description('mark documents as out of date, with the edges and vectors that come from them')
    .argument('<group>', 'its id')
    .argument('<document...>', 'ids of documents')
    .option('--graph <name>', 'may be left out where there is one')
    .option('--maintain', 'a run of this group follows once it is quiet', false)
    .action((group: string, documents: string[], options: GraphOption & { maintain: boolean }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { deprecateDocuments } = await import('../../operations/groups/groups.ts');
        const { graph = null, maintain } = options;
        const result = await deprecateDocuments(context, { graph, group, documents, maintain });
        output.result(result, () => [
          `${result.deprecated_documents} documents, ${result.deprecated_edges} edges and ` +
            `${result.deprecated_vectors} vectors are deprecated`,
          ...(result.missing.length === 0 ? [] : [`not in the group: ${result.missing.map(printable).join(', ')}`]),
          `maintenance: ${result.maintenance}`,
        ]);
        return exitCodes.success;
      }),
    );
  for (const [name, job, text] of [
    ['maintain', 'group-maintenance', 'collect and recompute one group now'],
    ['recompute', 'graph-recompute', 'recompute one group now'],
  ] as const) {
    groups
      .command(name)
      .description(text)
      .argument('<group>', 'its id')
      .option('--graph <name>', 'may be left out where there is one')
      .option('--wait', 'wait until the run has ended', false)
      .action((group: string, options: GraphOption & { wait: boolean }, command: Command) =>
        withSession(command, async (session, output) => {
          const { runGroup } = await import('../../operations/groups/groups.ts');
          const run = await runGroup(session.context, job, { graph: options.graph ?? null, group });
          return reportRun(session, output, run, options.wait);
        }),
      );
  }
}

function describePage({ groups, next_cursor }: GroupPageJson): string[] {
  return [
    ...table([
      ['graph', 'group', 'stale since', 'recompute', 'items', 'communities', 'collected', 'failures'],
      ...groups.map((one) => [
        one.graph,
        printable(one.group_id),
        one.stale_since?.slice(0, 19) ?? '–',
        one.needs_gds_recompute ? 'needed' : '–',
        String(one.items),
        String(one.communities ?? '–'),
        one.last_collection_at?.slice(0, 19) ?? 'never',
        String(one.consecutive_failures),
      ]),
    ]),
    ...(next_cursor === null ? [] : [`more: --cursor ${next_cursor}`]),
  ];
}

function describe(group: GroupDetailJson): string[] {
  const { documents, entities, mentions, relations, vectors, results } = group;
  return [
    `${printable(group.group_id)} of ${group.graph}`,
    `  key          ${group.key}`,
    `  holds        ${documents} documents, ${entities} entities, ${mentions} mentions, ${relations} relations, ${vectors} vectors`,
    `  stale        ${group.stale_since === null ? 'no' : `since ${group.stale_since.slice(0, 19)} (${group.stale_reason})`}`,
    `  recompute    ${group.needs_gds_recompute ? 'needed' : 'not needed'}; last ${group.last_recompute_at?.slice(0, 19) ?? 'never'}`,
    `  collected    ${group.last_collection_at?.slice(0, 19) ?? 'never'}`,
    ...(results === null
      ? []
      : [`  readers see  ${results.communities} communities, computed ${results.computed_at.slice(0, 19)}`]),
    ...(group.consecutive_failures === 0
      ? []
      : [`  failures     ${group.consecutive_failures}, the last ${group.last_error}`]),
  ];
}
