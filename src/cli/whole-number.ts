import { InvalidArgumentError } from 'commander';

/** How many of a list to print. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1000)
    throw new InvalidArgumentError('must be a whole number from 1 to 1000.');
  return number;
}
