import type { GraphTime } from '../../domain/graph-mapping.ts';
import type { MarksOutside } from '../ports/graph-facts.ts';
import { canBeBound, writeFactChanges } from './fact-changes.ts';
import { contentOf, type Properties } from './images.ts';
import type { CypherMapping } from './names.ts';
import type { CypherSession } from './session.ts';
import { writeTime } from './time.ts';
import { toJson } from './value.ts';

/** Marks facts as archived by a property with the time at which they were. */
export function marksOnGraph(session: CypherSession, mapping: CypherMapping, archived: GraphTime): MarksOutside {
  const compared = comparedProperties(mapping);
  return {
    at: 'outside',
    changeOf: (image, at) => {
      const { properties } = contentOf(image);
      if ((properties[archived.property] ?? null) !== null) return null;
      return {
        ...{ id: image.id, dates: image.dates, seen: jsonOf(compared, properties) },
        before: { [archived.property]: null },
        after: { [archived.property]: toJson(writeTime(at, archived)) },
      };
    },
    write: (fence, changes, signal) => {
      const facts = changes.map(({ dates: _, ...change }) => ({ ...change, kept: {} }));
      return writeFactChanges(session, mapping, fence, facts, signal);
    },
  };

  function jsonOf(names: readonly string[], properties: Properties): Record<string, unknown> {
    const values = names.map((name) => ({ name, value: properties[name] ?? null }));
    const bindable = values.filter(({ value }) => canBeBound(session.dialect, value));
    return Object.fromEntries(bindable.map(({ name, value }) => [name, toJson(value)]));
  }
}

/** The text of a fact and its dates: a fact of which one of these changes after it was read is not archived. */
function comparedProperties({ place: { relations }, merging, validity }: CypherMapping): string[] {
  const { text = null, validFrom = null, validTo = null, accessedAt = null } = merging?.relations ?? {};
  const accessed = accessedAt !== null && 'property' in accessedAt ? accessedAt.property : null;
  const dates = [relations.createdAt?.property ?? null, relations.deprecatedAt?.property ?? null, accessed];
  const named = [text, validFrom, validTo, validity?.retiredAt ?? null, ...dates].filter((name) => name !== null);
  return [...new Set(named)];
}
