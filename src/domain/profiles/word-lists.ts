/**
 * Words that decide how the words of a value are treated. docs/profiles.md describes the lists. Words that are missing make
 * the check stricter or leave it as it is for words of content; they never allow more.
 */

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

/** Words that turn a statement into its opposite, in common languages of Europe. */
export const negations = wordsOf(`
  no not never none nothing nobody nowhere neither nor without cannot cant dont doesnt didnt isnt arent wasnt wont wouldnt
  shouldnt couldnt hasnt havent hardly barely avoid avoids avoiding refuse refuses dislike dislikes disliked hate hates hated
  allergic allergy allergies intolerant intolerance except unless against anti ex former formerly stopped quit free lacks
  lacking unable non
  nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne weder noch außer gegen
  ne pas jamais sans aucun aucune rien personne ni
  nunca ningún ninguna ninguno nada nadie sin tampoco
  non mai senza nessuno nessuna niente né
  não nem sem nenhum nenhuma ninguém
  niet geen nooit zonder niets niemand
`);

/** Signs that deny what they stand at. */
export const negatingSigns = new Set(['❌', '❎', '✖', '✗', '✘', '🚫', '⛔', '🛑', '👎', '🙅', '≠', '¬']);

/** Words that limit a statement, order it in time or give it a direction. */
export const qualifiers = wordsOf(`
  only always sometimes rarely seldom often usually maybe perhaps possibly might may must should before after until till since
  from to used almost about over under above below between more less most least than if when while during once twice every
  each both either all some any few many mainly mostly partly temporarily permanently currently previously soon later earlier
  plans planned wants wanted wishes hopes considering trying
  nur immer manchmal selten oft vielleicht vor nach bis seit von zu mehr weniger wenn alle einige
  seulement toujours parfois rarement souvent avant après depuis jusqu plus moins si tous
  solo siempre a-veces raramente antes después desde hasta más menos si todos
`);

/** Numbers, dates and times that are written as words. */
export const countWords = wordsOf(`
  zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
  nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half quarter double triple
  first second third fourth fifth last next am pm noon midnight today yesterday tomorrow
  monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october
  november december spring summer autumn winter morning afternoon evening night weekly daily monthly yearly
  null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend montag dienstag mittwoch donnerstag
  freitag samstag sonntag januar februar märz mai juni juli oktober dezember
  un deux trois quatre cinq six sept huit neuf dix cent mille lundi mardi mercredi jeudi vendredi samedi dimanche janvier
  février mars avril juin juillet août septembre octobre novembre décembre
  uno dos tres cuatro cinco seis siete ocho nueve diez cien mil lunes martes miércoles jueves viernes sábado domingo enero
  febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
`);

/** Words that a new value may use as it likes, and that need not survive. */
export const glue = wordsOf(`
  a an the and or of in on at by for with as is are was were be been being am it its this that these those there also too very
  really quite just well so has have had do does did user users they them their he she his her i my me we our you your who
  which what where
  der die das und oder in im am auf mit für ist sind ein eine einen dem den des auch sehr ich er sie es
  le la les de du des et ou en dans est sont il elle un une aussi très
  el los las y o en es son una también muy
  il lo gli e di è sono
`);

/** Capitalised at the start of a value, these are no names. */
export const commonStarts = wordsOf(`
  likes like loves love enjoys enjoy prefers prefer favours favors works work worked lives live lived owns own has have had
  plays play speaks speak studies study studied drinks drink eats eat reads read watches watch listens listen uses use wants
  want needs need believes thinks thinks feels feel knows know born married single interested responds replies writes write
  drives drive travels travel visits visit collects runs run hikes cooks cook learning learns teaches teach grew moved
  favorite favourite vegetarian vegan software senior junior early late short long formal informal casual concise detailed
  usually often always sometimes never no not yes user the a an my his her their is was in on at from to
`);

/** Words for the same liking or saying, of which one may stand for another. */
export const lightWords = wordsOf(`
  likes like loves love enjoys enjoy enjoying prefers prefer favours favors fond interested thinks think feels feel says said
  mentions mentioned told states stated
`);

/** Words of keys that state nothing by themselves. */
export const genericKeyWords = wordsOf(`
  info information note notes fact facts preference preferences interest interests misc other general attribute attributes
  detail details about user profile personal value text item memory data current
`);
