import { resolveParameters } from '../../activities/sweep/parameters.ts';
import { databaseNow } from '../../database/clock.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { visiblePartitions } from '../../domain/access.ts';
import { GroupIdError, requireGroupId } from '../../domain/group-id.ts';
import type { RunJson } from '../../domain/run.ts';
import { StoreError } from '../../domain/store-errors.ts';
import type { Parameters } from '../../jobs/job.ts';
import {
  type GraphGroup,
  markStale,
  observeGroups,
  listGroups as read,
  readGroup,
} from '../../state/graphs/graph-groups.ts';
import { type GroupTally, itemsOf, tallyOf } from '../../stores/ports/graph-census.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { type Context, installationOf, jobOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { startRun } from '../runs/start.ts';
import { maintainSoon } from './maintain-soon.ts';

export interface GroupJson {
  readonly graph: string;
  readonly group_id: string;
  /** Names the group where its id must not stand: in parameters of runs, and so in Temporal's history. */
  readonly key: string;
  /** Whether something is to be collected or recomputed. */
  readonly gds_stale: boolean;
  readonly stale_since: string | null;
  readonly stale_reason: string | null;
  readonly needs_gds_recompute: boolean;
  readonly items: number;
  readonly communities: number | null;
  readonly last_collection_at: string | null;
  readonly last_recompute_at: string | null;
  readonly consecutive_failures: number;
  /** Name of the error that the last collection was given up for. */
  readonly last_error: string | null;
}

export interface GroupPageJson {
  readonly groups: readonly GroupJson[];
  readonly next_cursor: string | null;
}

export interface GroupQuery {
  /** `null`: every graph. */
  readonly graph: string | null;
  readonly stale: boolean;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Groups as the registry knows them: those that a run, a deprecation or a person has named since. */
export async function listGroups(context: Context, query: GroupQuery): Promise<GroupPageJson> {
  await installationOf(context);
  if (query.graph !== null) graphOf(context, query.graph);
  const { graph, stale, limit } = query;
  const only = visiblePartitions(context.view, 'group');
  const after = query.cursor === null ? null : positionOf(query.cursor);
  const found = await read(context.parts.db, { graph, stale, only, after, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { groups: page.map(toGroupJson), next_cursor: last === undefined ? null : cursorOf(last) };
}

export interface GroupRef {
  /** May be left out where there is one graph. */
  readonly graph: string | null;
  readonly group: string;
}

/** One group as the registry has it. */
export async function stateOfGroup(context: Context, ref: GroupRef): Promise<GroupJson> {
  return toGroupJson((await groupOf(context, ref)).group);
}

export interface GroupDetailJson extends GroupJson {
  readonly documents: number;
  readonly entities: number;
  readonly mentions: number;
  readonly relations: number;
  readonly vectors: number;
  /** Results that readers of the group see; `null` before the first recompute. */
  readonly results: { readonly version: number; readonly communities: number; readonly computed_at: string } | null;
}

/** One group with what it holds now. */
export async function showGroup(context: Context, ref: GroupRef): Promise<GroupDetailJson> {
  const { store, group } = await groupOf(context, ref);
  const { documents, entities, mentions, relations, vectors } = await tallyOf(store.census, group.group_id);
  const results = (await store.compute.results([group.group_id])).get(group.group_id);
  return {
    ...toGroupJson(group),
    ...{ documents, entities, mentions, relations, vectors },
    results:
      results === undefined
        ? null
        : { version: results.version, communities: results.communities, computed_at: results.computedAt.toISOString() },
  };
}

export interface DeprecationJson {
  readonly graph: string;
  readonly group_id: string;
  /** Documents that are deprecated since; those that were before are not counted. */
  readonly deprecated_documents: number;
  readonly deprecated_edges: number;
  readonly deprecated_vectors: number;
  /** Ids that the group does not have. */
  readonly missing: readonly string[];
  readonly gds_stale: true;
  /** Whether a maintenance run of the group follows. */
  readonly maintenance: 'follows' | 'not asked for' | 'was stale already';
}

export interface DeprecationRequest extends GroupRef {
  readonly documents: readonly string[];
  /** Whether a run of this group shall follow once no more comes for a while. */
  readonly maintain: boolean;
}

/** Documents of a group are out of date: they are marked with what comes from them, and the group is stale. */
export async function deprecateDocuments(context: Context, request: DeprecationRequest): Promise<DeprecationJson> {
  await installationOf(context);
  const store = visibleGraph(context, request);
  const { group } = request;
  if (request.documents.length === 0) {
    throw new OperationError('usage', 'EmptyScopeError', 'deprecate which documents? An empty list never means "all"');
  }
  const { db } = context.parts;
  await findGroup(context, store, group);
  // First: whoever dies in between leaves a group that is looked at once too often, and not one that nobody looks at.
  const { turned, marked: stale } = await boundedTransaction(db, (tx) =>
    markStale(tx, store.mapping.name, group, 'deprecated'),
  );
  const marked = await store.loading.deprecate(group, request.documents, await databaseNow(db)).catch(refused);
  const follows = request.maintain && turned;
  if (follows) await maintainSoon(context, stale);
  return {
    graph: store.mapping.name,
    group_id: group,
    deprecated_documents: marked.documents,
    deprecated_edges: marked.relations,
    deprecated_vectors: marked.vectors,
    missing: marked.missing,
    gds_stale: true,
    maintenance: follows ? 'follows' : request.maintain ? 'was stale already' : 'not asked for',
  };
}

/** The application says that a group has changed. */
export async function markGroupStale(context: Context, ref: GroupRef): Promise<GroupJson> {
  await installationOf(context);
  const store = visibleGraph(context, ref);
  await findGroup(context, store, ref.group);
  const { marked } = await boundedTransaction(context.parts.db, (tx) =>
    markStale(tx, store.mapping.name, ref.group, 'asked'),
  );
  return toGroupJson(marked);
}

/** Starts a run for one group, stale or not: collection and what follows it, or the recompute alone. */
export async function runGroup(
  context: Context,
  jobId: 'group-maintenance' | 'graph-recompute',
  ref: GroupRef,
  given: Parameters = {},
): Promise<RunJson> {
  await installationOf(context);
  const store = visibleGraph(context, ref);
  const found = await findGroup(context, store, ref.group);
  const { key } = 'key' in found ? found : await register(context, store, found);
  const settings = jobOf(context, jobId);
  const parameters = { ...given, group: key };
  resolveParameters(settings, parameters);
  return startRun(context, {
    job: jobId,
    kind: 'sweep',
    workflowType: settings.job.workflow,
    input: { parameters, partition: key },
    parameters,
    undoes: null,
    tenant: ref.group,
    summary: `${settings.job.title}: one group`,
  });
}

/** The graph that is meant; it may be left out where there is one. */
export function graphOf({ parts }: Context, name: string | null): GraphStore {
  const names = parts.graphs.map(({ mapping }) => mapping.name);
  const hint = names.length === 0 ? 'Say where it is in coppice.yaml, section graphs.' : `Graphs: ${names.join(', ')}`;
  if (name === null && names.length !== 1) {
    const message = names.length === 0 ? 'there is no graph' : 'there are several graphs: which one?';
    throw new OperationError('usage', 'UnknownGraphError', message, hint);
  }
  const found = name === null ? parts.graphs[0] : parts.graphs.find(({ mapping }) => mapping.name === name);
  if (found === undefined) throw new OperationError('usage', 'UnknownGraphError', `there is no graph '${name}'`, hint);
  return found;
}

/** For whoever may not see the group it does not exist. */
function visibleGraph(context: Context, { graph, group }: GroupRef): GraphStore {
  try {
    requireGroupId(group);
  } catch (error) {
    if (error instanceof GroupIdError) throw new OperationError('usage', error.name, error.message);
    throw error;
  }
  const store = graphOf(context, graph);
  if (visiblePartitions(context.view, 'group')?.includes(group) === false) throw unknownGroup(group);
  return store;
}

async function groupOf(context: Context, ref: GroupRef): Promise<{ store: GraphStore; group: GraphGroup }> {
  await installationOf(context);
  const store = visibleGraph(context, ref);
  const group = await readGroup(context.parts.db, store.mapping.name, ref.group);
  if (group === null) throw unknownGroup(ref.group);
  return { store, group };
}

/**
 * Returns the group as the registry has it, or the counts of a group that so far exists only in the graph. A group that
 * exists in neither is not created: a caller cannot fill the registry with names.
 */
async function findGroup({ parts }: Context, store: GraphStore, group: string): Promise<GraphGroup | GroupTally> {
  const found = await readGroup(parts.db, store.mapping.name, group);
  if (found !== null) return found;
  const tally = await tallyOf(store.census, group);
  if (tally.documents + itemsOf(tally) === 0) throw unknownGroup(group);
  return tally;
}

async function register({ parts }: Context, store: GraphStore, tally: GroupTally): Promise<GraphGroup> {
  const { group } = tally;
  const observed = { group, tally: tally.digest, items: itemsOf(tally) };
  const [row] = await observeGroups(parts.db, store.mapping.name, [observed]);
  if (row === undefined) throw unknownGroup(group);
  return row;
}

/** A graph whose mapping has no place for the mark cannot take it. */
function refused(error: unknown): never {
  if (!(error instanceof StoreError) || error.name !== 'StoreRefusedError') throw error;
  throw new OperationError('conflict', error.name, error.message, 'See coppice.yaml, section graphs.');
}

function unknownGroup(group: string): OperationError {
  return new OperationError('missing', 'UnknownGroupError', `there is no group '${group}'`, 'See coppice groups list.');
}

function toGroupJson(group: GraphGroup): GroupJson {
  return {
    graph: group.graph,
    group_id: group.group_id,
    key: group.key,
    gds_stale: group.stale_since !== null || group.needs_recompute,
    stale_since: group.stale_since?.toISOString() ?? null,
    stale_reason: group.stale_reason,
    needs_gds_recompute: group.needs_recompute,
    items: group.items,
    communities: group.communities,
    last_collection_at: group.collected_at?.toISOString() ?? null,
    last_recompute_at: group.recomputed_at?.toISOString() ?? null,
    consecutive_failures: group.failures,
    last_error: group.last_error,
  };
}

function cursorOf({ graph, group_id }: GraphGroup): string {
  return Buffer.from(JSON.stringify([graph, group_id])).toString('base64url');
}

function positionOf(cursor: string): { graph: string; group: string } {
  try {
    const [graph, group]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    // PostgreSQL knows no NUL.
    if (typeof graph === 'string' && typeof group === 'string' && !(graph + group).includes('\0'))
      return { graph, group };
  } catch {
    // Said below.
  }
  throw new OperationError(
    'usage',
    'InvalidCursorError',
    'invalid cursor: pass next_cursor of the previous page unchanged',
  );
}
