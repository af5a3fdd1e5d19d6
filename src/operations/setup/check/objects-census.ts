import { createHash } from 'node:crypto';
import type { CensusClass, CensusObject } from '../../../stores/weaviate/census.ts';
import { namesExpiry } from '../init/dates.ts';
import { DatesCensus } from './dates-census.ts';
import { documentNames, scopeNames, textNames } from './field-names.ts';
import type { CheckFinding } from './findings.ts';
import { type Share, shareOf } from './shares.ts';

const weekMs = 7 * 86_400_000;
const weeks = 8;

/** Properties of a class that say something of its objects; `null`: it has none such. */
interface Fields {
  readonly expiry: string | null;
  readonly text: string | null;
  readonly scope: string | null;
  /** Names the row that an object belongs to. */
  readonly document: string | null;
}

/** Counts objects of a class as they are read. */
export class ObjectsCensus {
  readonly #fields: Fields;
  readonly #now: number;
  readonly #dates: DatesCensus;
  /** Digests of texts: no more than the objects that are read. */
  readonly #texts = new Set<string>();
  readonly #weeks = Array.from({ length: weeks }, () => 0);
  /** Objects of each document. */
  readonly documents = new Map<string, number>();
  #copies = 0;
  #unscoped = 0;
  #withoutVector = 0;
  #lookedAtVectors = 0;
  read = 0;

  constructor(found: CensusClass, now: number) {
    this.#fields = fieldsOf(found);
    this.#now = now;
    this.#dates = new DatesCensus(now);
  }

  add({ properties, createdAtMs, hasVector }: CensusObject, tenant: string | null): void {
    const { expiry, text, scope, document } = this.#fields;
    this.read += 1;
    if (expiry !== null) this.#dates.add(properties[expiry]);
    const owner = tenant ?? (scope === null ? null : properties[scope]);
    if (scope !== null && (owner === null || owner === undefined || owner === '')) this.#unscoped += 1;
    const written = text === null ? null : properties[text];
    if (typeof written === 'string' && written !== '') this.#addText(JSON.stringify([owner ?? null, written]));
    const row = document === null ? null : properties[document];
    if (typeof row === 'string' && row !== '') this.documents.set(row, (this.documents.get(row) ?? 0) + 1);
    const age = createdAtMs === null ? -1 : Math.floor((this.#now - createdAtMs) / weekMs);
    if (age >= 0 && age < weeks) this.#weeks[weeks - 1 - age] = (this.#weeks[weeks - 1 - age] ?? 0) + 1;
    if (hasVector === null) return;
    this.#lookedAtVectors += 1;
    if (!hasVector) this.#withoutVector += 1;
  }

  /** New objects of each week, the oldest first; `null`: not every object was read. */
  weeks(all: number): readonly number[] | null {
    return this.read < all ? null : this.#weeks;
  }

  findings(all: number): CheckFinding[] {
    const share = shareOf(this.read, all);
    const ofRead: Share = (count) => ({ count, of: this.read, error: 0 });
    const found: CheckFinding[] = [
      ...this.#dates.findings(
        share,
        'objects',
        'ttl-cleanup removes the vectors of a row together with the row, where the rows are mapped',
      ),
      {
        ...{ kind: 'unscoped', ...share(this.#unscoped), bytes: null },
        what: `objects name no owner: ${this.#fields.scope} is empty`,
        remedy: 'runs leave them; the application can name their owner',
      },
      {
        // A copy of a text may be among what was not read: this is what is known, and no estimate.
        ...{ kind: 'exact_duplicates', ...ofRead(this.#copies), bytes: null },
        what: `objects repeat the ${this.#fields.text} of another one${this.#fields.scope === null ? '' : ' of the same owner'}`,
        remedy: 'document-refresh replaces the chunks of a document as a whole, which prevents new ones',
      },
      {
        ...{ kind: 'rows_without_vectors', ...shareOf(this.#lookedAtVectors, all)(this.#withoutVector), bytes: null },
        what: 'objects have no vector: a search by vector never finds them',
        remedy: 'document-refresh embeds documents anew when they are due',
      },
    ];
    return found.filter(({ count }) => count > 0);
  }

  #addText(text: string): void {
    const digest = createHash('sha1').update(text).digest('base64');
    if (this.#texts.has(digest)) this.#copies += 1;
    else this.#texts.add(digest);
  }
}

function fieldsOf({ properties, multiTenant }: CensusClass): Fields {
  const named = (names: readonly string[]) =>
    names.find((name) => /^(text|string|uuid)/.test(properties.get(name) ?? ''));
  const expiry = [...properties].find(([name, type]) => namesExpiry(name) && /^(date|text|int|number)$/.test(type));
  return {
    expiry: expiry?.[0] ?? null,
    text: named(textNames) ?? null,
    document: named(documentNames) ?? null,
    // The tenants of a class are its owners.
    scope: multiTenant ? null : (named(scopeNames) ?? null),
  };
}
