import { createHash } from 'node:crypto';
import type { StaleItem } from '../../domain/graph-item.ts';
import { type GroupTally, itemsOf } from '../../stores/ports/graph-census.ts';
import { itemKey } from '../../stores/ports/graph-items.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';

const mostSamples = 5;
const nothing = { due: 0, reasons: {}, onHold: 0, unreadable: 0, oldest: null, digest: '0' };

/** One group's numbers, item by item. */
export class GroupCount {
  readonly #tally: GroupTally;
  #due = 0;
  #held = 0;
  #oldest: Date | null = null;
  #digest = 0n;
  readonly #reasons = new Map<string, number>();
  readonly samples: string[] = [];

  constructor(tally: GroupTally) {
    this.#tally = tally;
  }

  due(item: StaleItem): void {
    const key = itemKey(item);
    this.#due += 1;
    this.#digest ^= createHash('sha256').update(key).digest().readBigUInt64BE();
    this.#reasons.set(item.reason, (this.#reasons.get(item.reason) ?? 0) + 1);
    if (item.since !== null && (this.#oldest === null || item.since < this.#oldest)) this.#oldest = item.since;
    // A mention is named by two ids at once: to forget one of them, nobody would find it here.
    if (this.samples.length < mostSamples && item.kind !== 'mention') this.samples.push(key);
  }

  held(): void {
    this.#held += 1;
  }

  toCount(): PartitionCount {
    return {
      partition: this.#tally.group,
      rows: itemsOf(this.#tally),
      due: this.#due,
      reasons: Object.fromEntries(this.#reasons),
      onHold: this.#held,
      unreadable: 0,
      oldest: this.#oldest,
      digest: this.#digest.toString(16),
      besides: true,
    };
  }
}

/** A group that the run does not work on. */
export function leftAlone(tally: GroupTally): PartitionCount {
  return { partition: tally.group, rows: itemsOf(tally), ...nothing, besides: false };
}

/** Groups that a run for one group leaves alone, as one: the brake's shares are of the whole graph. */
export function otherGroups(rows: number): PartitionCount {
  return { partition: 'others', rows, ...nothing };
}

export function withoutGroup(rows: number): PartitionCount {
  return { partition: null, rows, ...nothing };
}
