import { kindOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { CollectionKind } from '../../../domain/row-fields.ts';
import { NotLoadableError } from './target.ts';

/** A collection of the kind in the default schema. Nothing is guessed: without a name there must be one. */
export function loadableOf(
  mappings: readonly CollectionMapping[],
  kind: CollectionKind,
  name: string | undefined,
): CollectionMapping {
  const loadable = mappings.filter((one) => kindOf(one) === kind && !one.mapped);
  const [only, ...others] = loadable;
  const chosen = name === undefined && others.length === 0 ? only : loadable.find((one) => one.name === name);
  if (chosen !== undefined) return chosen;
  const ofKind = mappings.filter((one) => kindOf(one) === kind);
  const names = loadable.map((one) => one.name);
  const all = name === undefined && names.length === 0;
  const none = all ? `no collection of ${kind} has a table of Coppice's own` : 'no collection is named';
  const what = name === undefined ? none : `collection '${name}' cannot be loaded with ${kind}`;
  throw new NotLoadableError(
    what,
    names.length > 0
      ? `Collections of ${kind} in the default schema: ${names.join(', ')}.`
      : ofKind.length > 0
        ? `Rows of ${ofKind.map((one) => one.name).join(', ')} are in a table of the application, which writes them itself.`
        : `Add one to the configuration: collections: {${kind}: {kind: ${kind}}}. It gets a table in schema knowledge.`,
  );
}
