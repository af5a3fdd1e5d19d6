import type { Db, Tx } from '../../database/schema.ts';
import type { Model } from '../../language/model/port.ts';
import { canWriteProposals } from '../../state/proposals/can-write.ts';
import { lookedAtBy } from '../../state/proposals/entity-results.ts';
import type { ApplyTerms, AttributeTable, DueProposals } from '../../stores/ports/attribute-table.ts';
import { MappingError } from '../../stores/ports/inspection.ts';
import type { RowStore, RowTable } from '../../stores/ports/row-store.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';
import { leavesNothing, type OpenSweepable, type Sweepable, type SweepTerms } from '../sweep/sweepable.ts';
import { applyAlone, applyTogether } from './apply.ts';
import { examined, judgedByRules } from './judge-profile.ts';
import { type Proposing, propose, termsOf } from './propose.ts';
import { restoreBatch } from './restore.ts';
import { jobId, type ProfileSettings, settingsOf } from './settings.ts';

/** The model that profiles are proposed with, and its configured name. */
export interface ProfileTools {
  readonly model: Model | null;
  readonly modelName: string;
}

/** Profiles of one collection as `profile-maintenance` sweeps them. */
export function profileMaintenanceSweepable(store: RowStore, tools: ProfileTools): Sweepable {
  return {
    collection: store.mapping.name,
    open: async (db) => openSweepable(await store.open(db), tools),
    probe: async () => {},
  };
}

function openSweepable(table: RowTable, tools: ProfileTools): OpenSweepable {
  const { mapping, attributes } = table;
  if (attributes === null) throw new Error(`collection ${mapping.name} holds no attributes`);
  return {
    fingerprint: table.fingerprint,
    formerFingerprints: table.formerFingerprints,
    ready: async (db) => {
      const problems = await attributes.problems(db);
      if (problems.length > 0) throw new MappingError(mapping.name, problems);
    },
    problems: (db) => attributes.problems(db),
    observe: async (db, terms, runNo, signal) => {
      const seen = await look({ db, table, attributes, tools }, terms, runNo, signal);
      const applied = applyTerms(terms);
      return {
        notes: seen.notes,
        count: (tx) => count(tx, mapping.name, attributes, applied, { ...seen, runNo }),
        samples: async () => new Map(),
        ledgerBytes: (tx, rows) => table.ledgerBytes(tx, rows),
        collect: (tx, no) => attributes.collect(tx, applied, no),
        itemsBeyond: (tx, no, approvedRunNo) => table.itemsBeyond(tx, no, approvedRunNo),
      };
    },
    work: {
      ...leavesNothing,
      applyBatch: (work) => applyAlone(mapping.name, attributes, work),
      together: { mostRows: null, handle: (work) => applyTogether(mapping.name, attributes, work) },
    },
    undo: { restoreBatch: (work, size) => restoreBatch(table, attributes, work, size) },
  };
}

interface Looking {
  readonly db: Db;
  readonly table: RowTable;
  readonly attributes: AttributeTable;
  readonly tools: ProfileTools;
}

interface Seen {
  /** By entity, where nothing could be stored; `null`: the stored proposals count. */
  readonly due: ReadonlyMap<string, DueProposals> | null;
  readonly notes: readonly string[];
}

/** Proposes, where proposals can be stored; else counts what rules alone would do. */
async function look(
  { db, table, attributes, tools }: Looking,
  terms: SweepTerms,
  runNo: number | null,
  signal: AbortSignal,
): Promise<Seen> {
  const settings = settingsOf(terms.parameters);
  // The proposals that a person approved exist already.
  if (terms.approvedRunNo != null) return { due: null, notes: [] };
  const collection = table.mapping.name;
  const modelName = settings.model ?? tools.modelName;
  const proposing: Proposing = { db, collection, attributes, model: tools.model, modelName, settings, runNo, signal };
  if (!terms.respectHolds || !(await canWriteProposals(db))) {
    const notes = [nothingStored, ...(await leftOut(db, attributes, settings))];
    return { due: await dueByRules(db, attributes, settings), notes };
  }
  if (terms.asks === false) return { due: null, notes: [notAsked] };
  const estimates = runNo === null && settings.reask && tools.model !== null;
  const notes = estimates ? [await estimate(proposing)] : await propose(proposing);
  return { due: null, notes: [...notes, ...(await leftOut(db, attributes, settings))] };
}

/** An entity type that no parameter names is easily overlooked: nothing of it is ever due. */
async function leftOut(db: Db, attributes: AttributeTable, { filter }: ProfileSettings): Promise<string[]> {
  if (filter.type === null && filter.bot === null) return [];
  const lines = await attributes.countLeftOut(db, filter);
  const named = `entity_type is ${filter.type ?? '*'}, bot_id is ${filter.bot ?? '*'}`;
  return lines === 0 ? [] : [`${lines} attributes of other entity types or bots are left out: ${named}`];
}

const nothingStored =
  'no model was asked, and stored proposals are not shown: that takes a role that may write to schema coppice. These are the ' +
  'changes that rules alone would make';

const notAsked = 'no model was asked; profiles of which no answer is stored are not counted';

const mostCounted = 100_000;

async function estimate(proposing: Proposing): Promise<string> {
  const found = await proposing.attributes.unanswered(proposing.db, termsOf(proposing, true), mostCounted);
  const calls = found.length < mostCounted ? String(found.length) : `more than ${mostCounted}`;
  return `nothing was asked: with reask a run would ask about ${calls} profiles, as far as max_calls and max_tokens allow`;
}

async function dueByRules(
  db: Db,
  attributes: AttributeTable,
  { filter, maxShare }: ProfileSettings,
): Promise<ReadonlyMap<string, DueProposals>> {
  const due = new Map<string, DueProposals>();
  for await (const page of attributes.profiles(db, filter)) {
    for (const profile of page) {
      const { due: lines } = judgedByRules(examined(profile), maxShare);
      const { lines: before = 0, profiles = 0, digest = '' } = due.get(profile.entity) ?? {};
      if (lines === 0) continue;
      due.set(profile.entity, { lines: before + lines, profiles: profiles + 1, digest: digest + profile.data });
    }
  }
  return due;
}

async function* count(
  tx: Tx,
  collection: string,
  attributes: AttributeTable,
  terms: ApplyTerms,
  { due: known, runNo }: Seen & { readonly runNo: number | null },
): AsyncGenerator<readonly PartitionCount[]> {
  const due = known ?? (await attributes.dueByEntity(tx, terms));
  const looked = runNo === null ? new Set() : await lookedAtBy(tx, runNo, collection);
  for await (const page of attributes.counts(tx)) {
    yield page.map(({ entity, rows, unreadable }) => {
      const found = entity === null ? undefined : due.get(entity);
      return {
        ...{ partition: entity, rows, unreadable, onHold: 0, oldest: null },
        due: found?.lines ?? 0,
        reasons: { proposed: found?.lines ?? 0 },
        digest: found?.digest ?? '',
        // Its results go into the run's totals, also where nothing is changed.
        besides: entity !== null && looked.has(entity),
      };
    });
  }
}

function applyTerms({ parameters, approvedRunNo = null }: SweepTerms): ApplyTerms {
  const { filter, terms, states } = settingsOf(parameters);
  return { ...filter, job: jobId, terms, states, approvedRunNo };
}
