import { InvalidArgumentError } from 'commander';

export function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new InvalidArgumentError('must be a port, 1 to 65535, or 0 for a free one.');
  }
  return number;
}
