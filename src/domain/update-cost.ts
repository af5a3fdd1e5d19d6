/** Cost of writing a column to the table, by its indexes. */
export interface UpdateCost {
  /** Schema, table and column. */
  readonly column: string;
  /**
   * Whether PostgreSQL can keep a new version of a row on its page without a new entry in any index (a heap-only tuple),
   * where the page has room.
   */
  readonly hot: boolean;
  /** Indexes that contain the column, each of which prevents that. */
  readonly indexes: readonly string[];
  /** Vector indexes of the table: without HOT, each written row gets a new entry in them, which is their most expensive act. */
  readonly vectorIndexes: readonly string[];
}

/** One clause for people. */
export function describeUpdate({ column, hot, indexes, vectorIndexes }: UpdateCost): string {
  if (hot) return `an update of ${column} is HOT: no index contains it`;
  const vectors = vectorIndexes.length === 0 ? '' : `, also in vector index ${vectorIndexes.join(', ')}`;
  return `an update of ${column} is not HOT, because it is in index ${indexes.join(', ')}: each written row gets new entries in all indexes${vectors}`;
}

/** Vector indexes for which a run that writes most rows is refused, since nobody has accepted them by name. */
export function unacceptedVectorIndexes({ hot, vectorIndexes }: UpdateCost, accept: readonly string[]): string[] {
  return hot ? [] : vectorIndexes.filter((name) => !accept.includes(name));
}
