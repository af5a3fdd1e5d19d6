/** Words of one language: those that carry no topic, and how others lose their endings. */
export interface LanguageWords {
  readonly name: string;
  readonly stopWords: ReadonlySet<string>;
  stem(word: string): string;
}

/** Languages by the script that they are written in. */
export interface Languages {
  readonly latin: readonly LanguageWords[];
  readonly cyrillic: readonly LanguageWords[];
  readonly devanagari: readonly LanguageWords[];
  readonly han: LanguageWords;
  readonly kana: LanguageWords;
  readonly arabic: LanguageWords;
  readonly greek: LanguageWords;
  readonly armenian: LanguageWords;
  readonly tamil: LanguageWords;
}

interface StemmerModule {
  stemmer(word: string): string;
}
interface StopWordModule {
  readonly stopwords: readonly string[];
}

let loading: Promise<Languages> | null = null;

/** Loads all languages once, when the first text is read: no command pays for them that reads none. */
export function loadLanguages(): Promise<Languages> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Languages> {
  const latin = await Promise.all([
    words('english', import('@orama/stopwords/english'), import('@orama/stemmers/english')),
    words('german', import('@orama/stopwords/german'), import('@orama/stemmers/german')),
    words('french', import('@orama/stopwords/french'), import('@orama/stemmers/french')),
    words('spanish', import('@orama/stopwords/spanish'), import('@orama/stemmers/spanish')),
    words('portuguese', import('@orama/stopwords/portuguese'), import('@orama/stemmers/portuguese')),
    words('italian', import('@orama/stopwords/italian'), import('@orama/stemmers/italian')),
    words('dutch', import('@orama/stopwords/dutch'), import('@orama/stemmers/dutch')),
    words('danish', import('@orama/stopwords/danish'), import('@orama/stemmers/danish')),
    words('norwegian', import('@orama/stopwords/norwegian'), import('@orama/stemmers/norwegian')),
    words('swedish', import('@orama/stopwords/swedish'), import('@orama/stemmers/swedish')),
    words('finnish', import('@orama/stopwords/finnish'), import('@orama/stemmers/finnish')),
    words('hungarian', import('@orama/stopwords/hungarian'), import('@orama/stemmers/hungarian')),
    words('romanian', import('@orama/stopwords/romanian'), import('@orama/stemmers/romanian')),
    words('turkish', import('@orama/stopwords/turkish'), import('@orama/stemmers/turkish')),
    words('indonesian', import('@orama/stopwords/indonesian'), import('@orama/stemmers/indonesian')),
    words('irish', import('@orama/stopwords/irish'), import('@orama/stemmers/irish')),
    words('lithuanian', import('@orama/stopwords/lithuanian'), import('@orama/stemmers/lithuanian')),
    words('slovenian', import('@orama/stopwords/slovenian'), null),
  ]);
  const cyrillic = await Promise.all([
    words('russian', import('@orama/stopwords/russian'), import('@orama/stemmers/russian')),
    words('ukrainian', import('@orama/stopwords/ukrainian'), import('@orama/stemmers/ukrainian')),
    words('bulgarian', import('@orama/stopwords/bulgarian'), import('@orama/stemmers/bulgarian')),
    words('serbian', import('@orama/stopwords/serbian'), import('@orama/stemmers/serbian')),
  ]);
  const devanagari = await Promise.all([
    words('hindi', import('@orama/stopwords/indian'), import('@orama/stemmers/indian')),
    words('nepali', import('@orama/stopwords/nepali'), import('@orama/stemmers/nepali')),
  ]);
  const [han, kana, arabic, greek, armenian, tamil] = await Promise.all([
    words('chinese', import('@orama/stopwords/mandarin'), null),
    words('japanese', import('@orama/stopwords/japanese'), null),
    words('arabic', import('@orama/stopwords/arabic'), import('@orama/stemmers/arabic')),
    words('greek', import('@orama/stopwords/greek'), import('@orama/stemmers/greek')),
    words('armenian', import('@orama/stopwords/armenian'), import('@orama/stemmers/armenian')),
    words('tamil', import('@orama/stopwords/tamil'), import('@orama/stemmers/tamil')),
  ]);
  return { latin, cyrillic, devanagari, han, kana, arabic, greek, armenian, tamil };
}

async function words(
  name: string,
  stop: Promise<StopWordModule>,
  stem: Promise<StemmerModule> | null,
): Promise<LanguageWords> {
  const { stopwords } = await stop;
  const stemmer = (await stem)?.stemmer ?? ((word: string) => word);
  return { name, stopWords: new Set(stopwords.map((word) => word.toLowerCase())), stem: stemmer };
}
