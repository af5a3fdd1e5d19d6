import { isCode, quantitiesOf } from '../text/codes.ts';
import { digitsOf, normalise, withoutDigits, wordsOf } from '../text/normalise.ts';
import { alternativesOf } from './alternatives.ts';

/** A text or a name, and what is left of it without what makes the difference. */
export interface Label {
  readonly digits: string;
  readonly withoutDigits: string;
  readonly editions: string;
  readonly withoutEditions: string;
}

/** Facts about a record that the guards read, prepared once. */
export interface GuardFacts {
  /** The text and the name: what must not be equal once digits are removed. */
  readonly labels: readonly Label[];
  readonly compact: string;
  readonly numbers: ReadonlySet<string>;
  readonly codes: ReadonlySet<string>;
  /** By unit: its quantities. */
  readonly quantities: ReadonlyMap<string, ReadonlySet<string>>;
  /** In the text. */
  readonly negations: number;
  readonly versions: ReadonlySet<string>;
  readonly alternatives: ReadonlyMap<string, ReadonlySet<string>>;
}

const negations = new Set(
  'not no never none neither nor without cannot cant dont doesnt didnt isnt wasnt arent wont non un anti except'.split(
    ' ',
  ),
);

/** Words that make another recording, generation or part, wherever they occur. */
const versionWords = new Set(
  'jr sr junior senior remix remixed live acoustic instrumental karaoke unplugged reprise ii iii iv vi vii viii ix xi xii xiii xiv'.split(
    ' ',
  ),
);
/** Words that make another edition where all else is the same, and are praise elsewhere. */
const editionWords = new Set(
  (
    'demo deluxe extended edit cover beta alpha draft revised updated abridged unabridged refurbished remaster remastered ' +
    'pro plus lite mini max premium professional enterprise ultimate upgrade trial oem student academic home basic standard'
  ).split(' '),
);

/** A number after one of these is that of a version, which a text without it does not have. */
const versionPattern = /\b(?:version|ver|v|release|build) ?(\d[\d.]*)\b/g;
/** A number after one of these is compared where both texts have one. */
const markPattern =
  /\b(vol|volume|part|pt|edition|ed|chapter|season|episode|series|no|nr|number|model|mark|level|grade|class|type|unit|room|gate|flight|order|invoice|ticket|issue|port) ?(\d[\d.]*|[a-z]|[ivx]+)\b/g;
const ordinalPattern = /\b(\d+(?:st|nd|rd|th))\b/g;

/** `labels` are the text and the name; `values` those of the properties that tell something. */
export function guardFacts(labels: readonly string[], values: readonly string[]): GuardFacts {
  const text = [...labels, ...values].map(normalise).join(' ');
  const all = wordsOf(text);
  const quantities = new Map<string, Set<string>>();
  const add = (name: string, amount: string) => {
    quantities.set(name, (quantities.get(name) ?? new Set()).add(amount));
  };
  for (const [unit, amount] of quantitiesOf(text)) add(unit, amount);
  const versions = new Set(all.filter((word) => versionWords.has(word)));
  for (const [, number = ''] of text.matchAll(versionPattern)) versions.add(number);
  for (const [, mark = '', number = ''] of text.matchAll(markPattern)) add(`${mark} of`, number);
  for (const [, number = ''] of text.matchAll(ordinalPattern)) add('ordinal', number);
  return {
    labels: labels.map(normalise).map(labelOf),
    compact: text.replaceAll(' ', ''),
    numbers: new Set(all.filter((word) => /\d/.test(word))),
    codes: new Set(all.filter(isCode)),
    quantities,
    negations: wordsOf(normalise(labels[0] ?? '')).filter((word) => negations.has(word)).length,
    versions,
    alternatives: alternativesOf(all),
  };
}

function labelOf(label: string): Label {
  const words = wordsOf(label);
  return {
    digits: digitsOf(label),
    withoutDigits: withoutDigits(label),
    editions: words.filter((word) => editionWords.has(word)).join(' '),
    withoutEditions: words.filter((word) => !editionWords.has(word)).join(' '),
  };
}
