/** A row, node or relation that may be the same thing as another of its group and type. */
export interface DuplicateRecord {
  /** Opaque: it names the record in results and decides nothing. */
  readonly key: string;
  readonly type: string;
  /** Name of the record, where one is mapped. */
  readonly name?: string;
  readonly text: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly hasVector: boolean;
}

/**
 * The places of the records in an order that follows from what they say, never from their keys or from how they were
 * read: the same records come to the same decisions in whatever order a store returns them.
 */
export function canonicalOrder(records: readonly DuplicateRecord[]): number[] {
  const contents = records.map(contentOf);
  return records
    .map((_, at) => at)
    .sort((one, other) => compareText(contents[one] ?? '', contents[other] ?? '') || one - other);
}

/** Two records with one content are copies of each other. */
export function contentOf({ type, name, text, properties }: DuplicateRecord): string {
  const fields = Object.entries(properties)
    .filter(([, value]) => value !== '')
    .sort(([one], [other]) => compareText(one, other));
  return JSON.stringify([type, name ?? null, text, fields]);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
