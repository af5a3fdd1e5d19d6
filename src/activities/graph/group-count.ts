import { createHash } from 'node:crypto';
import type { DueWork } from '../../domain/graph-item.ts';
import { type GroupTally, itemsOf } from '../../stores/ports/graph-census.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';

const mostSamples = 5;
const namedByMore: readonly DueWork['kind'][] = ['mention', 'merge', 'split', 'fact', 'validity'];
const nothing = { due: 0, reasons: {}, onHold: 0, unreadable: 0, oldest: null, digest: '0' };

/** One group's numbers, item by item. */
export class GroupCount {
  readonly #tally: GroupTally;
  #rows: number;
  #due = 0;
  #held = 0;
  #oldest: Date | null = null;
  #digest = 0n;
  readonly #reasons = new Map<string, number>();
  readonly samples: string[] = [];

  /** @param rows what the brake's shares are counted in */
  constructor(tally: GroupTally, rows = itemsOf(tally)) {
    this.#tally = tally;
    this.#rows = rows;
  }

  due(item: DueWork): void {
    const key = `${item.kind}:${item.id}`;
    this.#due += 1;
    this.#digest ^= createHash('sha256').update(key).digest().readBigUInt64BE();
    this.#reasons.set(item.reason, (this.#reasons.get(item.reason) ?? 0) + 1);
    if (item.since !== null && (this.#oldest === null || item.since < this.#oldest)) this.#oldest = item.since;
    // Only an item that its id alone names can be found here to be forgotten.
    if (this.samples.length < mostSamples && !namedByMore.includes(item.kind)) this.samples.push(key);
  }

  held(): void {
    this.#held += 1;
  }

  get exceedsRows(): boolean {
    return this.#due > this.#rows;
  }

  /** The rows once more, after the search. */
  recounted(rows: number): void {
    this.#rows = Math.max(this.#rows, rows);
  }

  /** @param besides whether the group is worked on though nothing may be due */
  toCount(besides = true): PartitionCount {
    return {
      partition: this.#tally.group,
      rows: this.#rows,
      due: this.#due,
      reasons: Object.fromEntries(this.#reasons),
      onHold: this.#held,
      unreadable: 0,
      oldest: this.#oldest,
      digest: this.#digest.toString(16),
      besides,
    };
  }
}

/** A group that the run does not work on. */
export function leftAlone(tally: GroupTally, rows = itemsOf(tally)): PartitionCount {
  return { partition: tally.group, rows, ...nothing, besides: false };
}

/** Groups that a run for one group leaves alone, as one: the brake's shares are of the whole graph. */
export function otherGroups(rows: number): PartitionCount {
  return { partition: 'others', rows, ...nothing };
}

export function withoutGroup(rows: number): PartitionCount {
  return { partition: null, rows, ...nothing };
}
