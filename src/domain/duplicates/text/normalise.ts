/** Letters with a stroke or a ligature, which Unicode does not decompose. */
const spelled: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
};

/** A character that no text should hold, in the place of a decimal point. */
const decimalPoint = '\uE000';

/**
 * Lower case, without accents and punctuation, with one space between words. Texts that are equal then are the same to
 * a reader. Decimal points stay, because 1.5 is not 15.
 */
export function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþ]/g, (letter) => spelled[letter] ?? letter)
    .replace(/&/g, ' and ')
    .replace(/['’`´]/g, '')
    .replace(/(\d)[.,](?=\d)/g, `$1${decimalPoint}`)
    .replace(/[^\p{Letter}\p{Number}\uE000]+/gu, ' ')
    .replaceAll(decimalPoint, '.')
    .trim();
}

export function wordsOf(normalised: string): string[] {
  return normalised === '' ? [] : normalised.split(' ');
}

export const hasDigit = (text: string): boolean => /\p{Number}/u.test(text);

/** Removes the digits of a normalised text, and the spaces and points between them. */
export function withoutDigits(normalised: string): string {
  return normalised
    .replace(/[\p{Number}.]+/gu, '')
    .replace(/ +/g, ' ')
    .trim();
}

/** Only the digits, in their order. */
export function digitsOf(normalised: string): string {
  return normalised.replace(/[^\p{Number}]+/gu, '');
}
