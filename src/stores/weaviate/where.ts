/** A filter, written once and rendered for both interfaces: Weaviate spells the same thing in two ways. */
export type Where =
  | { readonly operator: 'And' | 'Or'; readonly operands: readonly Where[] }
  | {
      readonly operator: 'Equal' | 'GreaterThanEqual' | 'LessThan';
      readonly path: string;
      readonly text: string;
    }
  | { readonly operator: 'ContainsAny'; readonly path: string; readonly texts: readonly string[] }
  | { readonly operator: 'ContainsAny'; readonly path: string; readonly ints: readonly number[] };

export function and(operands: readonly Where[]): Where {
  const [first, second] = operands;
  return first && !second ? first : { operator: 'And', operands };
}

/** As GraphQL text. A JSON string is a valid GraphQL string, so values are quoted by `JSON.stringify`. */
export function toGraphQL(where: Where): string {
  if ('operands' in where) {
    return `{operator:${where.operator} operands:[${where.operands.map(toGraphQL).join(' ')}]}`;
  }
  const head = `path:[${JSON.stringify(where.path)}] operator:${where.operator}`;
  if ('text' in where) return `{${head} valueText:${JSON.stringify(where.text)}}`;
  if ('texts' in where) return `{${head} valueText:${JSON.stringify(where.texts)}}`;
  return `{${head} valueInt:${JSON.stringify(where.ints)}}`;
}

/** As the JSON of a REST batch delete. */
export function toRest(where: Where): unknown {
  if ('operands' in where) return { operator: where.operator, operands: where.operands.map(toRest) };
  const head = { path: [where.path], operator: where.operator };
  if ('text' in where) return { ...head, valueText: where.text };
  if ('texts' in where) return { ...head, valueTextArray: where.texts };
  return { ...head, valueIntArray: where.ints };
}
