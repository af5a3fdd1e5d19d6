/** What cannot be found out is null: its alerts neither fire nor resolve. */
export async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}
