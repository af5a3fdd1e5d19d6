import { quoted, quotedName } from '../../../database/identifiers.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { LiveCatalogue } from './catalogue.ts';
import type { Need } from './needs.ts';

/** Statements that give a role what it needs. `missing`: tables that `coppice migrate` has yet to make. */
export function grantsOf(
  need: Need,
  role: { readonly name: string; readonly owner: string },
  live: LiveCatalogue,
  missing: (table: TableName) => boolean,
): string[] {
  const to = quotedName(role.name);
  const privileges = need.privileges.join(', ');
  const byDefault = (schema: string) =>
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${quotedName(role.owner)} IN SCHEMA ${quotedName(schema)} GRANT ${privileges} ON TABLES TO ${to};`;
  switch (need.on) {
    case 'database':
      return [`GRANT ${privileges} ON DATABASE ${quotedName(live.database)} TO ${to};`];
    case 'schema':
      return [`GRANT ${privileges} ON SCHEMA ${quotedName(need.schema)} TO ${to};`];
    case 'table': {
      if (need.coppiceMakes && missing(need.table)) return [byDefault(need.table.schema)];
      const columns = need.columns === null ? '' : ` (${need.columns.map(quotedName).join(', ')})`;
      return [`GRANT ${privileges}${columns} ON TABLE ${quoted(need.table)} TO ${to};`];
    }
    case 'sequence':
      return [`GRANT ${privileges} ON SEQUENCE ${quoted(need.sequence)} TO ${to};`];
    case 'own tables': {
      const standing = need.privileges.includes('INSERT') ? live.ownTables : live.readableTables;
      return [
        byDefault('coppice'),
        ...(standing.length === 0 ? [] : [`GRANT ${privileges} ON TABLE ${standing.join(', ')} TO ${to};`]),
      ];
    }
  }
}
