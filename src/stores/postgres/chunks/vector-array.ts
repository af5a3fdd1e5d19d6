/**
 * Vectors as PostgreSQL's binary form of `vector[]`: written as text, each number would cost three times the bytes and
 * most of the time that loading takes. `typeOid` is the extension's type, which has another number in each database.
 */
export function vectorArray(vectors: readonly (readonly number[])[], typeOid: number): Buffer {
  const components = vectors.reduce((sum, vector) => sum + vector.length, 0);
  const bytes = Buffer.allocUnsafe(20 + 8 * vectors.length + 4 * components);
  const noNulls = 0;
  const firstIndex = 1;
  let at = 0;
  for (const word of [1, noNulls, typeOid, vectors.length, firstIndex]) at = bytes.writeUInt32BE(word, at);
  for (const vector of vectors) {
    at = bytes.writeUInt32BE(4 + 4 * vector.length, at);
    at = bytes.writeUInt16BE(vector.length, at);
    at = bytes.writeUInt16BE(0, at);
    for (const component of vector) at = bytes.writeFloatBE(component, at);
  }
  return bytes;
}
