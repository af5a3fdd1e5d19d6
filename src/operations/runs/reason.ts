import { whyNoReason } from '../../domain/reason.ts';
import { OperationError } from '../errors.ts';

/** The reason of a decision, without blanks around it. Throws where the text cannot be one; `null`: none was given. */
export function checkedReason(reason: string | null): string | null {
  if (reason === null) return null;
  const problem = whyNoReason(reason);
  // Half a surrogate pair is no text that JSON in the database can hold.
  if (problem === null) return reason.trim().toWellFormed();
  throw new OperationError('usage', 'InvalidReasonError', `the reason ${problem}`, 'Give one line of text.');
}
