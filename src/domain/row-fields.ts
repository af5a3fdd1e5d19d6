/**
 * Kinds of collections. A job works on the kinds that it names and on no other: memories are never swept as documents
 * because their table has an expiry date, too.
 */
export const collectionKinds = ['documents', 'memories', 'attributes', 'queries'] as const;
export type CollectionKind = (typeof collectionKinds)[number];

interface RowField {
  /** `time` is a point in time, written as its type says; anything else is read as text and interpreted by the rule. */
  readonly type: 'text' | 'time' | 'number' | 'boolean' | 'list';
  /** Kinds of collections that may map it. */
  readonly kinds: readonly CollectionKind[];
  /** One sentence for people. */
  readonly meaning: string;
  /** A clause that names the knowledge which is missing where the field is not mapped. */
  readonly unknown: string;
  /** Columns of a mapping that have a property of their own: they came first, and are part of recorded fingerprints. */
  readonly property?: string;
  /** The default schema has no column for it. */
  readonly mappedOnly?: true;
}

/**
 * Fields of a mapped row by their keys in `coppice.yaml`. The file's schema, the checks against the live tables, doctor,
 * grants and the reference follow from this table.
 */
export const rowFields = {
  document: {
    type: 'text',
    kinds: ['documents'],
    property: 'document',
    meaning:
      'The field that names the document, where a document is several rows: it expires when all of them have. Not together with vectors in a table or in Weaviate.',
    unknown: 'no field groups rows into documents',
  },
  expires_at: {
    type: 'time',
    kinds: collectionKinds,
    property: 'expiresAt',
    meaning: 'When a row expires. `null`: rows have no such date.',
    unknown: 'no field holds an expiry date',
  },
  fetched_at: {
    type: 'time',
    kinds: ['documents', 'memories'],
    property: 'fetchedAt',
    meaning: 'When a row was fetched or made, for `max_age_days`. `null`: rows have no such date.',
    unknown: 'no field holds when a row was fetched',
  },
  url: {
    type: 'text',
    kinds: ['documents'],
    property: 'url',
    meaning: 'Where the document came from.',
    unknown: 'no field holds the source of a document',
  },
  title: {
    type: 'text',
    kinds: ['documents'],
    property: 'title',
    meaning: 'Its title.',
    unknown: 'no field holds the title',
  },
  content: {
    type: 'text',
    kinds: ['documents', 'memories'],
    property: 'content',
    meaning: 'Its text.',
    unknown: 'no field holds the text',
  },
  content_hash: {
    type: 'text',
    kinds: ['documents', 'memories'],
    property: 'contentHash',
    meaning: 'Hash of its text.',
    unknown: 'no field holds the hash of the text',
  },
  quality: {
    type: 'number',
    kinds: ['documents'],
    property: 'quality',
    meaning: 'Its quality, 0 to 1.',
    unknown: 'no field holds the quality',
  },
  bot: {
    type: 'text',
    kinds: ['memories', 'attributes'],
    meaning: 'The bot that a memory belongs to, for `bot_id`.',
    unknown: 'no field names the bot of a row',
  },
  session: {
    type: 'text',
    kinds: ['memories'],
    mappedOnly: true,
    meaning: 'The conversation that a memory belongs to: copies in different ones stay.',
    unknown: 'no field names the conversation of a memory',
  },
  tier: {
    type: 'text',
    kinds: ['memories'],
    meaning: 'The tier of a memory: `SHORT`, `MID` or `LONG`.',
    unknown: 'no field holds the tier of a memory',
  },
  score: {
    type: 'number',
    kinds: ['memories'],
    meaning: 'The importance of a memory. Decay lowers it.',
    unknown: 'no field holds the importance of a memory',
  },
  created_at: {
    type: 'time',
    kinds: ['memories'],
    meaning: 'When a memory was made.',
    unknown: 'no field holds when a memory was made',
  },
  last_accessed_at: {
    type: 'time',
    kinds: ['memories'],
    meaning: 'When the application last used a memory. Without a value, `created_at` counts.',
    unknown: 'no field holds when a memory was last accessed',
  },
  access_count: {
    type: 'number',
    kinds: ['memories'],
    meaning: 'How often the application used a memory.',
    unknown: 'no field counts the accesses of a memory',
  },
  pinned: {
    type: 'boolean',
    kinds: ['memories'],
    meaning: 'Whether a memory must stay as it is.',
    unknown: 'no field marks pinned memories',
  },
  links: {
    type: 'list',
    kinds: ['memories'],
    meaning: 'Ids of memories that a memory refers to: a JSON array, or an array column.',
    unknown: 'no field links memories',
  },
  entity_type: {
    type: 'text',
    kinds: ['attributes'],
    meaning: 'The type of the entity that an attribute is about: `user` or `bot`. Without a value, `user`.',
    unknown: 'nothing says whether an entity is a user or a bot',
  },
  category: {
    type: 'text',
    kinds: ['attributes'],
    meaning:
      'The category of an attribute: `preference`, `fact`, `interest`, `communication`, `health`, `misc`, or your own.',
    unknown: 'nothing says what an attribute is about',
  },
  key: {
    type: 'text',
    kinds: ['attributes'],
    meaning: 'The name of an attribute, such as `home_city`.',
    unknown: 'nothing names an attribute',
  },
  value: {
    type: 'text',
    kinds: ['attributes'],
    meaning: 'The value of an attribute.',
    unknown: 'nothing holds the value of an attribute',
  },
  confidence: {
    type: 'number',
    kinds: ['attributes'],
    meaning: 'How sure the application is of an attribute, 0 to 1. Consolidated attributes get 0.9.',
    unknown: 'nothing says how sure an attribute is',
  },
  source: {
    type: 'text',
    kinds: ['attributes'],
    meaning: 'Where an attribute came from. Consolidated attributes get `maintenance`.',
    unknown: 'nothing says where an attribute came from',
  },
  updated_at: {
    type: 'time',
    kinds: ['attributes'],
    meaning: 'When an attribute was written. Without it, no value is known to be later than another.',
    unknown: 'nothing says when an attribute was written',
  },
  question: {
    type: 'text',
    kinds: ['queries'],
    meaning: 'The text of a question.',
    unknown: 'no field holds the text of a question',
  },
  answer: {
    type: 'text',
    kinds: ['queries'],
    meaning: 'The answer to a question. A question without one counts as unanswered.',
    unknown: 'no field holds the answer to a question',
  },
  asked_at: {
    type: 'time',
    kinds: ['queries'],
    meaning: 'When a question was asked.',
    unknown: 'no field holds when a question was asked',
  },
  answer_score: {
    type: 'number',
    kinds: ['queries'],
    meaning: 'How good the answer was, 0 to 1, from feedback or an evaluation.',
    unknown: 'no field holds how good an answer was',
  },
} as const satisfies Readonly<Record<string, RowField>>;

export type RowFieldName = keyof typeof rowFields;
export const rowFieldNames = Object.keys(rowFields).filter((name): name is RowFieldName => name in rowFields);

/** Names of the fields that a mapping keeps in a property of their own. */
export type FirstFieldName = {
  [Name in RowFieldName]: (typeof rowFields)[Name] extends { readonly property: string } ? Name : never;
}[RowFieldName];
/** Names of all others. */
export type LaterFieldName = Exclude<RowFieldName, FirstFieldName>;

export function mayMap(kind: CollectionKind, name: RowFieldName): boolean {
  const { kinds }: RowField = rowFields[name];
  return kinds.includes(kind);
}

/**
 * Fields that a collection must map for a job to sweep it, by its kind. A job sweeps no collection of another kind, and
 * none that lacks a field.
 */
export type Needs = Readonly<Partial<Record<CollectionKind, readonly Need[]>>>;
/** A field, or several of which one is enough. */
export type Need = RowFieldName | readonly [RowFieldName, ...RowFieldName[]];
