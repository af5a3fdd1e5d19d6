/** Returns null where the work fails: alerts that need its result neither fire nor resolve. */
export async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}
