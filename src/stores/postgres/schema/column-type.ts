export interface TypedColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * A column's type without its length, for a cast: one to a shorter type would cut an id off and so name another row, or
 * cut a text off where an assignment refuses it.
 */
export function castType(columns: readonly TypedColumn[], name: string): string {
  const type = columns.find((column) => column.name === name)?.type ?? 'text';
  const plain = type.replace(/\([\d,]+\)/, '');
  return plain === 'character' ? 'bpchar' : plain;
}
