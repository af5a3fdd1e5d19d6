/** Clause that says how many partitions were given up, of which job where that is not plain from the place. */
export function givenUp(count: number, job: string | null = null): string {
  const partitions = count === 1 ? 'partition' : 'partitions';
  return `${count} ${partitions}${job === null ? '' : ` of ${job}`} ${count === 1 ? 'was' : 'were'} given up`;
}
