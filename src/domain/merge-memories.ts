/**
 * Rules for the values that a memory receives from its copies, and for links to them. Pure: the store reads and writes.
 */

export interface MergedMemory {
  readonly id: string;
  /** As it is stored: a number, or JSON text of one. */
  readonly accessCount: string | null;
  /** The elements as JSON texts, so that 64-bit ids stay exact; `null` where the memory has no list. */
  readonly links: readonly string[] | null;
  readonly lastAccess: { readonly stored: string; readonly at: number } | null;
  /** When it expires; `at` is `null` where it never does. */
  readonly expiry: { readonly stored: string | null; readonly at: number | null };
}

/** Values to store, of fields that change. */
export interface MemoryChanges {
  readonly accessCount?: { readonly stored: string; readonly added: number };
  readonly links?: { readonly stored: string };
  readonly lastAccess?: { readonly stored: string };
  readonly expiry?: { readonly stored: string | null };
}

/**
 * Returns the values that the remaining memory receives from removed copies: the sum of access counts, the latest
 * access, the latest expiry, and all links, without itself and without repeats. `movedTo` holds the new target of links
 * to a removed memory.
 */
export function receive(
  survivor: MergedMemory,
  copies: readonly MergedMemory[],
  movedTo: ReadonlyMap<string, string>,
): MemoryChanges {
  const lists = [survivor, ...copies].map(({ links }) => links ?? []);
  return {
    ...countChange(survivor, copies),
    ...linkChange(survivor, lists.flat(), movedTo),
    ...accessChange(survivor, copies),
    ...expiryChange(survivor, copies),
  };
}

/** The links of any other memory, which lead to the memory that stays where they led to a removed one. */
export function redirect(memory: MergedMemory, movedTo: ReadonlyMap<string, string>): MemoryChanges {
  return linkChange(memory, memory.links ?? [], movedTo);
}

/**
 * The count without what was added, so that what the application counted since is kept; `undefined` where it is no number
 * any more. Where that is what it was before, as it was stored before.
 */
export function withoutAdded(current: string | null, added: number, former: string | null): string | null | undefined {
  const count = countOf(current);
  if (count === null) return undefined;
  const rest = count - added;
  return rest === (countOf(former) ?? 0) ? former : asStored(rest, current);
}

function countChange({ accessCount: former }: MergedMemory, copies: readonly MergedMemory[]) {
  const added = copies.reduce((sum, copy) => sum + (countOf(copy.accessCount) ?? 0), 0);
  const own = former === null || former === 'null' ? 0 : countOf(former);
  if (added === 0 || own === null) return {};
  return { accessCount: { stored: asStored(own + added, former), added } };
}

function countOf(stored: string | null): number | null {
  const text = stored?.replaceAll('"', '').trim() ?? '';
  const count = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(count) ? count : null;
}

function asStored(count: number, former: string | null): string {
  return former?.startsWith('"') === true ? JSON.stringify(String(count)) : String(count);
}

function linkChange(
  { id, links }: MergedMemory,
  all: readonly string[],
  movedTo: ReadonlyMap<string, string>,
): Pick<MemoryChanges, 'links'> {
  const united = [...new Set(all.map((link) => moved(link, movedTo)))].filter((link) => idOf(link) !== id);
  const before = links ?? [];
  if (united.length === before.length && united.every((link, at) => link === before[at])) return {};
  return { links: { stored: `[${united.join(', ')}]` } };
}

function moved(link: string, movedTo: ReadonlyMap<string, string>): string {
  const to = movedTo.get(idOf(link));
  if (to === undefined) return link;
  return link.startsWith('"') || !/^-?\d+$/.test(to) ? JSON.stringify(to) : to;
}

function idOf(link: string): string {
  const value: unknown = link.startsWith('"') ? JSON.parse(link) : link;
  return typeof value === 'string' ? value : link;
}

function accessChange(
  { lastAccess }: MergedMemory,
  copies: readonly MergedMemory[],
): Pick<MemoryChanges, 'lastAccess'> {
  let latest = lastAccess;
  for (const { lastAccess: one } of copies) if (one !== null && (latest === null || one.at > latest.at)) latest = one;
  if (latest === null || latest === lastAccess) return {};
  return { lastAccess: { stored: latest.stored } };
}

/** A memory that one of the copies keeps for longer is kept as long as that. */
function expiryChange({ expiry }: MergedMemory, copies: readonly MergedMemory[]): Pick<MemoryChanges, 'expiry'> {
  let latest = expiry;
  for (const { expiry: one } of copies) {
    if (latest.at !== null && (one.at === null || one.at > latest.at)) latest = one;
  }
  return latest === expiry ? {} : { expiry: { stored: latest.stored } };
}
