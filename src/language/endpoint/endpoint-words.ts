import { z } from 'zod';

const longest = 200;
/** Of an echo that is looked for; shorter runs of characters meet by chance. */
const windowLength = 12;
/** How much of an answer is looked at. */
const mostRead = 4_000;

const text = z.string();
const spoken = z.union([
  z.object({ error: text }).transform(({ error }) => error),
  z.object({ error: z.object({ message: text }) }).transform(({ error }) => error.message),
  z.object({ message: text }).transform(({ message }) => message),
  z.object({ detail: text }).transform(({ detail }) => detail),
  z.object({ detail: z.array(z.object({ msg: text })).min(1) }).transform(({ detail }) => detail[0]?.msg ?? ''),
]);

/**
 * An endpoint's own words for an error, fit to be shown and kept: one line, short, without control characters, and without
 * what it was sent (the texts, the key), which some endpoints repeat in their errors.
 */
export function endpointWords(
  body: string,
  sent: { readonly texts: readonly string[]; readonly apiKey: string | null },
): string {
  const said = oneLine(messageOf(body.slice(0, 100_000))).slice(0, mostRead);
  const withoutKey = sent.apiKey === null || sent.apiKey.length < 4 ? said : said.replaceAll(sent.apiKey, '[key]');
  const words = withoutEcho(withoutKey, sent.texts.map(oneLine));
  return words.length > longest ? `${words.slice(0, longest)}…` : words;
}

function messageOf(body: string): string {
  try {
    const read = spoken.safeParse(JSON.parse(body));
    return read.success ? read.data : '';
  } catch {
    return /^\s*</.test(body) ? '' : body;
  }
}

/** Direction marks could make a line read otherwise than it is. */
function oneLine(words: string): string {
  return words
    .replace(/\\+[nrt]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Leaves out whatever of the words is in the texts too. */
function withoutEcho(words: string, texts: readonly string[]): string {
  let found = words;
  for (const one of texts) {
    if (one.length >= 4 && one.length < windowLength) found = found.replaceAll(one, '…');
  }
  const long = texts.filter((one) => one.length >= windowLength);
  const echoed = new Array<boolean>(found.length).fill(false);
  for (let at = 0; at + windowLength <= found.length; at++) {
    const window = found.slice(at, at + windowLength);
    if (long.some((one) => one.includes(window))) echoed.fill(true, at, at + windowLength);
  }
  return Array.from(found, (_, at) => at)
    .map((at) => (echoed[at] !== true ? (found[at] ?? '') : echoed[at - 1] === true ? '' : '…'))
    .join('');
}
