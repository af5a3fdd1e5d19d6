import { calibrateGroups } from '../../activities/graph/merging/calibrate.ts';
import { resolveParameters } from '../../activities/sweep/parameters.ts';
import { type JudgedMerges, judgedMerges, refinedErrorRate } from '../../domain/merging/answers.ts';
import { pairName } from '../../domain/merging/merge-record.ts';
import type { MergeEvidence } from '../../domain/merging/merge-state.ts';
import { answersOf, judgedPairs } from '../../state/merges/list.ts';
import { idsOfPairs } from '../../state/merges/merges.ts';
import { type Context, installationOf, jobOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { graphOf } from './groups.ts';

export interface CalibrationJson {
  readonly graph: string;
  readonly groups: readonly GroupCalibrationJson[];
  /** Groups that were left out, since they have more entities than `max_entities`. */
  readonly left_out: readonly string[];
}

export interface GroupCalibrationJson {
  readonly group_id: string;
  readonly types: readonly TypeCalibrationJson[];
  /** Decisions of persons and undos about pairs so far: merges that exist, and pairs that were kept or taken apart. */
  readonly judged: { readonly merged: number; readonly accepted: number; readonly kept_apart: number };
}

export interface TypeCalibrationJson {
  readonly type: string;
  readonly entities: number;
  /** `learned`, or why no model was learned. */
  readonly model: string;
  readonly regime: string | null;
  readonly cutoff_bits: number | null;
  readonly merges: number;
  /** Answers of people about pairs that a run would merge. */
  readonly judged_merges: JudgedMerges;
  /**
   * Of the merges that nobody has judged, by decoys and by answers. `null`: not estimable, and only entities that say the
   * same are merged.
   */
  readonly estimated_error_rate: { readonly low: number; readonly rate: number; readonly high: number } | null;
  readonly border: readonly {
    /** For `coppice merges accept` and `never`; `null`: no run has stored the pair yet. */
    readonly pair: string | null;
    readonly one: string;
    readonly other: string;
    readonly outcome: 'merge' | 'relate';
    readonly bits: number;
    readonly guard: string | null;
    readonly evidence: MergeEvidence;
  }[];
}

const job = 'deduplicate-facts';

/** Measures what `deduplicate-facts` would do in one group of a graph, or in all, without labels. Reads only. */
export async function calibrate(
  context: Context,
  asked: { readonly job: string; readonly graph: string | null; readonly group: string | null },
  signal: AbortSignal = new AbortController().signal,
): Promise<CalibrationJson> {
  if (asked.job !== job) {
    throw new OperationError(
      'usage',
      'NothingToCalibrateError',
      `${asked.job} merges nothing: only ${job} is calibrated`,
    );
  }
  await installationOf(context);
  const store = graphOf(context, asked.graph);
  const { merging, mapping, census } = store;
  if (merging === null) {
    const hint = `Set graphs.${mapping.name}.entities.name.`;
    throw new OperationError(
      'usage',
      'NotMergedError',
      `graph ${mapping.name} does not map what ${job} compares`,
      hint,
    );
  }
  const names: string[] = asked.group === null ? [] : [asked.group];
  if (asked.group === null) {
    for await (const page of census.tallies(signal))
      names.push(...page.filter((one) => one.entities > 1).map((one) => one.group));
  }
  const parameters = resolveParameters(jobOf(context, job), {});
  const groups: GroupCalibrationJson[] = [];
  const leftOut: string[] = [];
  for await (const { group, types } of calibrateGroups(merging, names.sort(), parameters, signal)) {
    if (types === null) {
      leftOut.push(group);
      continue;
    }
    const { db } = context.parts;
    const place = { graph: mapping.name, group };
    const judged = await judgedPairs(db, mapping.name, group);
    const answers = await answersOf(db, mapping.name, group);
    const ids = await idsOfPairs(
      db,
      place,
      types.flatMap(({ border }) => border.map(({ one, other }) => ({ survivor: one, loser: other }))),
    );
    groups.push({
      group_id: group,
      judged,
      types: types.map(({ cutoffBits, estimate, border, ...type }) => {
        const judgedOfType = judgedMerges(answers, type.type, cutoffBits);
        return {
          ...type,
          cutoff_bits: cutoffBits,
          judged_merges: judgedOfType,
          estimated_error_rate: refinedErrorRate(estimate, judgedOfType),
          border: border.map((pair) => ({ pair: ids.get(nameOf(pair)) ?? null, ...pair })),
        };
      }),
    });
  }
  return { graph: mapping.name, groups, left_out: leftOut };
}

function nameOf({ one, other }: { readonly one: string; readonly other: string }): string {
  return pairName({ survivor: one, loser: other });
}
