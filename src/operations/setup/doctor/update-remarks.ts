import type { Db } from '../../../database/schema.ts';
import { fieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { whyNotSwept } from '../../../domain/needs.ts';
import { describeUpdate, unacceptedVectorIndexes } from '../../../domain/update-cost.ts';
import { isSweep } from '../../../jobs/facts.ts';
import { knownJobs } from '../../../jobs/index.ts';
import { updateCost } from '../../../stores/postgres/schema/update-cost.ts';

export interface UpdateRemarks {
  readonly remarks: readonly string[];
  /** Names of indexes that a mapping may accept. */
  readonly acceptable: readonly string[];
}

/** Returns the cost of jobs that change values of rows, for each column that they write. */
export async function updateRemarks(db: Db, mapping: CollectionMapping): Promise<UpdateRemarks> {
  const remarks: string[] = [];
  const acceptable: string[] = [];
  for (const job of knownJobs().filter(isSweep)) {
    const { needs, writes = [], effect } = job;
    if (effect !== 'changes' || needs === undefined || whyNotSwept(mapping, needs) !== null) continue;
    const columns = new Set(writes.flatMap((name) => fieldOf(mapping, name)?.column ?? []));
    for (const column of columns) {
      const cost = await updateCost(db, mapping.table, column);
      if (!cost.hot) acceptable.push(...cost.vectorIndexes);
      const refused = unacceptedVectorIndexes(cost, mapping.accept);
      const advice =
        refused.length === 0
          ? ''
          : `; a run that writes all rows is refused until it is accepted: collections.${mapping.name}.accept: [${refused.join(', ')}]`;
      remarks.push(`${job.id}: ${describeUpdate(cost)}${advice}`);
    }
  }
  return { remarks, acceptable };
}
