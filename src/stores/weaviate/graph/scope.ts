import type { GraphMapping, VectorClass } from '../../../domain/graph-mapping.ts';
import type { WeaviateClass } from '../../../domain/mapping.ts';
import type { WeaviateContext } from '../context.ts';

/** A graph whose vectors are objects of a Weaviate class. */
export interface ClassMapping extends GraphMapping {
  readonly vectorsBeside: VectorClass;
}

/** Context of every operation; `mapping` is the class as operations on objects of documents use it. */
export interface GraphContext extends WeaviateContext {
  readonly graph: ClassMapping;
}

/**
 * Objects are found, read, removed and restored as those of documents are: with the vector in the document's place and the
 * group in the workspace's. Where uuids name vectors, no property does: then the group stands for both.
 */
export function asDocuments({ class: name, id, group }: VectorClass): WeaviateClass {
  return { in: 'weaviate', class: name, document: id ?? group, workspace: group, chunk: null, text: id ?? group };
}

/** Properties that the mapping names. */
export function mappedProperties(of: VectorClass): string[] {
  const named = [of.id, of.group, of.document, of.entity, of.createdAt?.property, of.deprecatedAt?.property];
  return [...new Set(named.filter((name) => typeof name === 'string'))];
}
