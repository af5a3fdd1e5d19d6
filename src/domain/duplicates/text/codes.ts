/** Units that are written right after a number. */
const units =
  'mg g kg lb lbs oz ml cl l mm cm m km in inch inches ft mb gb tb hz khz mhz ghz w kw v volt volts mah ah mp dpi fps btu psi rpm ' +
  'percent usd eur mph kmh pack packs pcs piece pieces sheets pages day days week weeks month months year years hour hours minute minutes min sec seconds';
const unitPattern = units.replaceAll(' ', '|');
const quantityPattern = new RegExp(`\\b(\\d+(?:\\.\\d+)?) ?(${unitPattern})\\b`, 'g');
const quantityWord = new RegExp(`^\\d+(?:\\.\\d+)?(?:${unitPattern})$`);
const ordinalWord = /^\d+(?:st|nd|rd|th|s)$/;

/** Amounts with their unit, in the singular. */
export function* quantitiesOf(normalised: string): Generator<[unit: string, amount: string]> {
  for (const [, amount = '', unit = ''] of normalised.matchAll(quantityPattern)) {
    yield [unit.replace(/(?<=[a-z]{3})e?s$/, ''), amount];
  }
}

/** Letters and at least two digits in one word: a model, a part, a flight. Amounts, ordinals and decades are none. */
export function isCode(word: string): boolean {
  if (word.length < 3 || !/\p{Letter}/u.test(word) || !/\d.*\d/.test(word)) return false;
  return !ordinalWord.test(word) && !quantityWord.test(word);
}
