/** Phrases of a question, each with the term that it is a form of. */
export interface SaidPhrases {
  readonly phrases: readonly string[];
  readonly terms: readonly string[];
}

/** How many of so many questions contain each term. */
export interface Background {
  readonly rows: number;
  readonly terms: Readonly<Record<string, number>>;
}

export interface RankedPhrase {
  readonly term: string;
  /** The form that most questions have. */
  readonly phrase: string;
  readonly weight: number;
}

const mostPhrases = 20;

/**
 * The phrases of each topic by c-TF-IDF (class-based TF-IDF, as BERTopic uses it): the share of the topic's questions that
 * contain the phrase, times log(1 + A / f), where f is the number of all questions here that contain it and A the mean number
 * of phrases of a topic. The group's background, where there is one, multiplies by log(1 + N / n): a phrase that everybody uses
 * describes no topic of one user. A phrase of several words weighs as the square root of their number.
 *
 * @param topics by question: its topic, 0 to `count` - 1; below zero for none
 */
export function rankPhrases(
  questions: readonly SaidPhrases[],
  topics: ArrayLike<number>,
  count: number,
  group: Background | null,
): readonly (readonly RankedPhrase[])[] {
  const inAll = new Map<string, number>();
  const inTopic = Array.from({ length: count }, () => new Map<string, { rows: number; forms: Map<string, number> }>());
  const sizes = new Float64Array(count);
  let phrases = 0;
  questions.forEach(({ terms, phrases: forms }, row) => {
    const topic = topics[row] ?? -1;
    terms.forEach((term, at) => {
      inAll.set(term, (inAll.get(term) ?? 0) + 1);
      const own = inTopic[topic];
      if (own === undefined) return;
      phrases += 1;
      const known = own.get(term) ?? { rows: 0, forms: new Map<string, number>() };
      const form = forms[at] ?? term;
      known.rows += 1;
      known.forms.set(form, (known.forms.get(form) ?? 0) + 1);
      own.set(term, known);
    });
    if (inTopic[topic] !== undefined) sizes[topic] = (sizes[topic] ?? 0) + 1;
  });
  const mean = phrases / Math.max(1, count);
  return inTopic.map((own, topic) =>
    [...own]
      .map(([term, { rows, forms }]) => {
        const words = term.split(' ').length;
        const rarity = Math.log(1 + mean / (inAll.get(term) ?? 1));
        const rarityInGroup = group === null ? 1 : Math.log(1 + group.rows / (group.terms[term] ?? 1));
        const weight = (rows / (sizes[topic] ?? 1)) * rarity * rarityInGroup * Math.sqrt(words);
        return { term, phrase: mostFrequent(forms), weight };
      })
      .sort((a, b) => b.weight - a.weight || (a.term < b.term ? -1 : 1))
      .slice(0, mostPhrases),
  );
}

function mostFrequent(forms: ReadonlyMap<string, number>): string {
  const [[form] = ['']] = [...forms].sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1));
  return form;
}

const phrasesOfLabel = 3;

/** Names a topic by its best phrases, without one whose words are all in a better one. */
export function labelOf(ranked: readonly RankedPhrase[]): string {
  const chosen: RankedPhrase[] = [];
  for (const one of ranked) {
    const words = one.term.split(' ');
    const isSaid = chosen.some(({ term }) => {
      const said = term.split(' ');
      return words.every((word) => said.includes(word)) || said.every((word) => words.includes(word));
    });
    if (!isSaid) chosen.push(one);
    if (chosen.length === phrasesOfLabel) break;
  }
  return chosen.map(({ phrase }) => phrase).join(', ');
}

const mostBackgroundTerms = 5_000;

/** The terms that most questions contain: the background that phrases of single users are compared with. */
export function backgroundOf(questions: readonly Pick<SaidPhrases, 'terms'>[]): Background {
  const counts = new Map<string, number>();
  for (const { terms } of questions) for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  const frequent = [...counts]
    .filter(([, count]) => count > 1)
    .sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1))
    .slice(0, mostBackgroundTerms);
  return { rows: questions.length, terms: Object.fromEntries(frequent) };
}
