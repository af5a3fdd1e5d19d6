import { isText, navigate, usePlace } from '../router.tsx';

/** Values that a filter can have: one of some words, or a text up to a length. */
type Allowed = readonly string[] | number;

export interface Filters<Name extends string> {
  /** The value of each; empty where the address has none that the filter can have. */
  readonly values: Readonly<Record<Name, string>>;
  /** Parts of the address that filter nothing, such as `status=nope`. */
  readonly unknown: readonly string[];
  /** Changes some. An empty text leaves one out of the address, and so does every part that filters nothing. */
  readonly set: (changes: Partial<Record<Name, string>>) => void;
}

/** Filters of a list as the address has them, so that a list can be sent to others as one sees it. */
export function useFilters<Name extends string>(allowed: Readonly<Record<Name, Allowed>>): Filters<Name> {
  const { path, search } = usePlace();
  const names = Object.keys(allowed) as Name[];
  const valueIn = (name: Name) => {
    const may = allowed[name];
    const fits = (value: string) => (typeof may === 'number' ? isText(value, may) : may.includes(value));
    return search.getAll(name).find(fits) ?? '';
  };
  const values = Object.fromEntries(names.map((name) => [name, valueIn(name)])) as Record<Name, string>;
  return {
    values,
    unknown: [...search]
      .filter(([name, value]) => value !== '' && !names.some((one) => one === name && values[one] === value))
      .map(([name, value]) => `${name}=${value}`),
    set: (changes) => {
      const next = Object.entries<string | undefined>({ ...values, ...changes });
      const given = next.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
      navigate(given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`, { replace: true });
    },
  };
}

/** Names what the address asks for and the list does not do. Nothing where all of it is done. */
export function UnknownFilters({ filters: { unknown, set } }: { readonly filters: Omit<Filters<never>, 'values'> }) {
  if (unknown.length === 0) return null;
  return (
    <div className="note" data-tone="ask" role="status">
      <span>
        This list is not filtered by{' '}
        {unknown.map((one, at) => (
          <span key={one}>
            {at === 0 ? '' : ', '}
            <code dir="auto">{one}</code>
          </span>
        ))}
        : it has no such filter.
      </span>
      <button type="button" className="plain" onClick={() => set({})}>
        Remove from the address
      </button>
    </div>
  );
}
