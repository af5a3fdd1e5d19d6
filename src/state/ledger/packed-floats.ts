const bytesOfFloat = 4;

/**
 * 32-bit floats as base64 of their bytes, little-endian: exact, and a third of what their decimal digits take. Written as
 * digits, a vector took the database longer to read than all the rest of its row.
 */
export function packFloats(floats: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(floats.length * bytesOfFloat);
  for (const [at, float] of floats.entries()) bytes.writeFloatLE(float, at * bytesOfFloat);
  return bytes.toString('base64');
}

export function unpackFloats(text: string): number[] {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / bytesOfFloat }, (_, at) => bytes.readFloatLE(at * bytesOfFloat));
}
