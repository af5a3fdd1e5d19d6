import type { VectorImage } from '../domain/vector-image.ts';

/** Same properties (an absent one is the same as null) and the same vectors, to the bit. */
export function sameContent(a: VectorImage, b: VectorImage): boolean {
  return contentOf(a) === contentOf(b);
}

function contentOf(image: VectorImage): string {
  const vectors = Object.fromEntries(
    Object.entries(image.vectors).map(([name, vector]) => [name, vector.map(Math.fround)]),
  );
  return JSON.stringify([image.properties, vectors], (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const present = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
    return Object.fromEntries(present.sort(([x], [y]) => (x < y ? -1 : 1)));
  });
}
