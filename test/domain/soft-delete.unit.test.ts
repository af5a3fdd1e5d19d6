import { describe, expect, test } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { softDeleteTerm } from '../../src/domain/soft-delete.ts';

const termOf = (filter: Record<string, string | string[]>, share_of?: 'table') =>
  softDeleteTerm(toMapping('docs', { table: 'docs', filter, ...(share_of === undefined ? {} : { share_of }) }));

describe('a filter on rows that are marked as deleted', () => {
  test.each(['is_deleted', 'deleted', 'isArchived', 'payload.soft_deleted', 'TRASHED'])('%s is one', (name) => {
    expect(termOf({ kind: 'article', [name]: 'true' })).toMatchObject({ anyOf: ['true'] });
  });

  test.each([
    ['the rows that are not', { is_deleted: 'false' }],
    ['both', { is_deleted: ['true', 'false'] }],
    ['another column', { kind: 'deleted' }],
    ['a time', { deleted_at: 'true' }],
  ])('%s is none', (_, filter) => {
    expect(termOf(filter)).toBeNull();
  });

  test('needs no advice where the share is that of the table', () => {
    expect(termOf({ is_deleted: 'true' }, 'table')).toBeNull();
  });
});
