/**
 * Effects of one merge, as its ledger keeps them: enough to finish it after a crash and to take it apart. Values are
 * the store's own JSON; a value that is absent is `null`.
 */
export interface MergeRecord {
  /** `fact`: the ids are those of relations, and the image is the relation that is removed. */
  readonly kind?: MergeKind;
  readonly survivor: string;
  readonly loser: string;
  /** Names this attempt: a store outside the database remembers by it how far the merge has come. */
  readonly mark: string;
  /** The loser as it was. */
  readonly image: NodeImage;
  /** Values that the survivor receives. */
  readonly survivorChanges: readonly ValueChange[];
  /** Edges of the loser that become edges of the survivor. */
  readonly moved: readonly EdgeRef[];
  /** Edges that are removed: loops, and those that say what another edge says. */
  readonly dropped: readonly EdgeImage[];
  /** Relations of the survivor that receive the provenance of a dropped one, and documents whose list of relations follows. */
  readonly changed: readonly ItemChange[];
  /** Vectors that name the loser: they name the survivor from then on, or are removed where it has its own. */
  readonly vectors: { readonly moved: readonly string[]; readonly dropped: readonly NodeImage[] };
  /** Edges of the two before the merge, and of the survivor afterwards: any other number is refused. */
  readonly degrees: { readonly survivor: number; readonly loser: number; readonly after: number };
}

export interface NodeImage {
  readonly id: string;
  readonly content: unknown;
}

export interface ValueChange {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

export interface ItemChange {
  readonly kind: 'relation' | 'document';
  readonly id: string;
  readonly changes: readonly ValueChange[];
}

/** An edge by its place. A relation has an id; any other edge is the one of its type between its ends. */
export interface EdgeRef {
  readonly type: string;
  readonly id: string | null;
  /** Whether it leads away from the loser. */
  readonly out: boolean;
  readonly label: string;
  readonly other: string;
}

export interface EdgeImage extends EdgeRef {
  readonly content: unknown;
}

export type MergeKind = 'entity' | 'fact';

export interface MergePair {
  /** Two entities where absent. */
  readonly kind?: MergeKind;
  readonly survivor: string;
  readonly loser: string;
}

/** One text that names a pair within its group. */
export function mergeKey({ kind, survivor, loser }: MergePair): string {
  return JSON.stringify(kind === 'fact' ? [survivor, loser, kind] : [survivor, loser]);
}

export function pairOfKey(key: string): MergePair {
  const [survivor, loser, kind]: unknown[] = JSON.parse(key);
  return { survivor: String(survivor), loser: String(loser), kind: kind === 'fact' ? kind : 'entity' };
}

/** The same for both orders of the two. */
export function pairName({ survivor, loser }: MergePair): string {
  return JSON.stringify([survivor, loser].sort());
}
