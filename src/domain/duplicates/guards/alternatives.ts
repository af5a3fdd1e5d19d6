/**
 * Words of which a thing has one: two texts that name different members of one class are about different things, however
 * alike they are. Embeddings place such words next to each other.
 */
const classes: Readonly<Record<string, readonly string[]>> = {
  colour: words(
    'black white grey gray silver red crimson scarlet maroon pink magenta purple violet lavender indigo blue navy cyan',
    'teal turquoise green olive lime yellow gold golden orange amber brown beige ivory bronze copper charcoal',
  ),
  direction: words('north south east west northern southern eastern western northeast northwest southeast southwest'),
  side: words('left right'),
  position: words('upper lower inner outer front rear'),
  size: words('xs xxs small medium large xl xxl xxxl mini micro nano'),
  weekday: words('monday tuesday wednesday thursday friday saturday sunday'),
  month: words('january february march april may june july august september october november december'),
  season: words('spring summer autumn winter'),
  sex: words('male female men women mens womens boy girl boys girls him her mr mrs ms'),
  generation: words('jr sr junior senior'),
  polarity: words('increase decrease increased decreased increases decreases'),
  switch: words('on off enable disable enabled disabled enables disables'),
  outcome: words(
    'accept reject accepted rejected accepts rejects approve approved deny denied pass passed fail failed',
  ),
  feeling: words('like likes love loves dislike dislikes hate hates'),
  course: words('start started starts stop stopped stops begin began begins end ended ends'),
  order: words('first second third fourth fifth sixth seventh eighth ninth tenth'),
  count: words('one two three four five six seven eight nine ten eleven twelve'),
};

/** These words have another meaning so often that they speak only where both texts use one of their class. */
const classOf = new Map(
  Object.entries(classes).flatMap(([name, members]) => members.map((word) => [word, name] as const)),
);
/** Spellings of one member. */
const same: Readonly<Record<string, string>> = { gray: 'grey', golden: 'gold', junior: 'jr', senior: 'sr' };

/** By class: which of its members a text names. */
export function alternativesOf(words: readonly string[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const word of words) {
    const name = classOf.get(word);
    if (name === undefined) continue;
    const members = found.get(name) ?? new Set();
    found.set(name, members.add(same[word] ?? word));
  }
  return found;
}

function words(...lines: readonly string[]): string[] {
  return lines.join(' ').split(' ');
}
