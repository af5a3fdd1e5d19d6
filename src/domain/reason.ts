/** Why a person decided: a sentence, kept with the record of the run or the note of the schedule. */

export const longestReason = 500;

const control = String.raw`\u0000-\u001f\u007f-\u009f\u2028\u2029`;

/** One line of text that is not blank. It has no class of Unicode, which not every reader of the API's schema knows. */
export const reasonForm = new RegExp(String.raw`^[^${control}]*[^\s\ufeff${control}][^${control}]*$`);

/** Why the text cannot be a reason; `null`: it can. */
export function whyNoReason(text: string): string | null {
  if (text.length > longestReason) return `is longer than ${longestReason} characters`;
  if (reasonForm.test(text)) return null;
  return text.trim() === '' ? 'is empty' : 'has a line break or another control character';
}
