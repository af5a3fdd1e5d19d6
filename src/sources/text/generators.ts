import type { Attributes } from './html-rules.ts';

/** Elements that a documentation generator writes around its text, by class or id, in pages that name the generator. */
interface Generator {
  readonly name: RegExp;
  readonly around: RegExp;
  /** The class of the block that is the page's title, where the generator uses no heading. */
  readonly title?: string;
}

const generators: readonly Generator[] = [
  { name: /^makeinfo/i, around: /^(?:header|nav-panel)$/ },
  { name: /^doxygen/i, around: /^(?:titlearea|navpath|nav-path|ttc|mlabels|summary|footer|side-nav)$/, title: 'title' },
  { name: /^docbook|^publican/i, around: /^(?:navheader|navfooter)$/ },
];

/** The generator that a `meta` element names; `null` for all others. */
export function generatorOf(name: string, attributes: Attributes): Generator | null {
  if (name !== 'meta' || attributes.name?.toLowerCase() !== 'generator') return null;
  return generators.find((one) => one.name.test(attributes.content ?? '')) ?? null;
}

export function isAroundText(generator: Generator | null, attributes: Attributes): boolean {
  return generator !== null && namesOf(attributes).some((name) => generator.around.test(name));
}

export function isTitleOf(generator: Generator | null, name: string, attributes: Attributes): boolean {
  return generator?.title !== undefined && name === 'div' && attributes.class === generator.title;
}

function namesOf({ class: classes, id }: Attributes): string[] {
  return [...(classes ?? '').split(/\s+/), id ?? ''];
}
