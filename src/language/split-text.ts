/** Some 200 words: enough to be found by, little enough to be about one thing. */
const defaultChunkCharacters = 1_200;

/** Where a text is best cut, best first. */
const boundaries = ['\n\n', '\r\n\r\n', '\n', '. ', ' '];

/**
 * Cuts a text into chunks of at most `maxCharacters` UTF-16 units: as many paragraphs as fit, and where one is longer
 * than that, lines, then sentences, then words. It knows neither headings nor tokens.
 */
export function splitText(text: string, maxCharacters = defaultChunkCharacters): string[] {
  if (!(maxCharacters >= 2)) throw new RangeError('a chunk must hold at least two characters');
  const chunks: string[] = [];
  let start = 0;
  while (start < text.length) {
    const window = text.slice(start, start + maxCharacters);
    const end = start + (start + window.length < text.length ? cut(window) : window.length);
    const chunk = text.slice(start, end).trim();
    if (chunk !== '') chunks.push(chunk);
    start = end;
  }
  return chunks;
}

/** How much of the window to take. A boundary in its first quarter would leave a scrap, so the next kind is tried. */
function cut(window: string): number {
  const least = window.length / 4;
  for (const boundary of boundaries) {
    const at = window.lastIndexOf(boundary);
    if (at >= least) return at + boundary.length;
  }
  const last = window.charCodeAt(window.length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return splitsPair ? window.length - 1 : window.length;
}
