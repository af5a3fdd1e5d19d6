/** Results of operations are read-only at every depth; the types that zod derives from schemas are not. */
export type Mutable<T> = unknown extends T
  ? T
  : T extends readonly (infer U)[]
    ? Mutable<U>[]
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;

/** The same value, for a route that answers with it. Nothing changes it on the way out. */
export function wire<T>(value: T): Mutable<T> {
  return value as Mutable<T>;
}
