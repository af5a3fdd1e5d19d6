import type { Finding } from '../domain/run.ts';
import { printable } from './output.ts';

/** One line for a person. */
export function describeFinding(finding: Finding & { readonly collection: string }): string {
  const { kind, collection, documents, column, id } = finding;
  const counted = `${documents} ${documents === 1 ? 'document' : 'documents'} of ${collection}`;
  switch (kind) {
    case 'spared':
      return `spared: ${counted}: ${whyOf(finding)}`;
    case 'differs':
      return `restored with differences: ${counted}, column ${printable(column ?? '')}`;
    case 'not_restored':
      return `not restored: ${collection} ${printable(id ?? '')}: ${whyOf(finding)}`;
  }
}

function whyOf({ reason, code, constraint, table, key }: Finding): string {
  const by = constraint === null ? '' : ` (${printable(constraint)})`;
  switch (reason) {
    case 'referenced':
      return `rows of ${printable(table ?? 'another table')} that stay reference them${by}`;
    case 'missing_reference':
      return `the row ${printable(key ?? '')} of ${printable(table ?? 'another table')} does not exist${by}`;
    case 'exists':
      return 'it exists again';
    case 'refused':
    case 'changed':
      return `the database refused${code === null ? '' : ` with ${code}`}${by}`;
  }
}
