/** Why a person decided: a sentence, kept with the record of the run or the note of the schedule. */

export const longestReason = 500;

/** Why the text cannot be a reason; `null`: it can. */
export function whyNoReason(text: string): string | null {
  if (text.trim() === '') return 'is empty';
  if (text.length > longestReason) return `is longer than ${longestReason} characters`;
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) ? 'has a line break or another control character' : null;
}
