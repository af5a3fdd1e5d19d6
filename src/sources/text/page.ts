import { createHash } from 'node:crypto';
import { Refusal } from '../errors.ts';
import type { MediaType } from '../http/media-type.ts';
import type { PageAnswer } from '../port.ts';
import { decodeText, isBinary } from './charset.ts';
import type { Extracted, ExtractLimits } from './extracted.ts';
import { htmlText } from './html-text.ts';
import { plainText } from './plain-text.ts';

const looksLikeHtml =
  /^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]/i;

/** Text, title and hash of what came. Refuses what is no text, and what has none. */
export async function pageOf(
  body: Uint8Array,
  type: MediaType,
  limits: ExtractLimits,
): Promise<Extracted & Pick<PageAnswer, 'contentHash' | 'mediaType'>> {
  const content = decodeText(body, { charset: type.charset, markup: markupOf(type) });
  if (isBinary(content)) throw new Refusal('type_refused', `what ${limits.host} sends is no text`);
  const isHtml = type.kind === 'html' || (type.kind === 'unknown' && looksLikeHtml.test(content));
  const found = isHtml ? await htmlText(content, limits) : plainText(content);
  if (found.text.trim() === '') throw new Refusal('empty', `there is no text in what ${limits.host} sends`);
  const contentHash = createHash('sha256').update(found.text).digest('hex');
  return { ...found, contentHash, mediaType: type.name === '' ? (isHtml ? 'text/html' : 'text/plain') : type.name };
}

function markupOf({ kind, name }: MediaType): 'html' | 'xhtml' | null {
  if (kind === 'text') return null;
  return name === 'application/xhtml+xml' ? 'xhtml' : 'html';
}
