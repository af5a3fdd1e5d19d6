import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RawBuilder,
  SchemableIdentifierNode,
  sql,
  type UnknownRow,
} from 'kysely';
import type { TableName } from '../domain/mapping.ts';
import { quoted } from './identifiers.ts';

/** A table that statements name, and the one that they are to use in its place. */
export interface RenamedTable {
  readonly from: TableName;
  readonly to: TableName;
}

/** A table in SQL whose name a connection may replace. `tableRef` makes names that stay as they are. */
export function renamableTable({ schema, name }: TableName): RawBuilder<unknown> {
  return sql.table(`${schema}.${name}`);
}

class Renaming extends OperationNodeTransformer {
  readonly #names: ReadonlyMap<string, TableName>;

  constructor(tables: readonly RenamedTable[]) {
    super();
    this.#names = new Map(tables.map(({ from, to }) => [quoted(from), to]));
  }

  protected override transformSchemableIdentifier(node: SchemableIdentifierNode): SchemableIdentifierNode {
    const { schema, identifier } = node;
    const to = schema && this.#names.get(quoted({ schema: schema.name, name: identifier.name }));
    return to ? SchemableIdentifierNode.createWithSchema(to.schema, to.name) : node;
  }
}

/** Replaces the names of tables in every statement of a connection pool, when the statement is compiled. */
export class TableRenamer implements KyselyPlugin {
  readonly #renaming: Renaming;

  constructor(tables: readonly RenamedTable[]) {
    this.#renaming = new Renaming(tables);
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs) {
    return this.#renaming.transformNode(node, queryId);
  }

  async transformResult({ result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return result;
  }
}
