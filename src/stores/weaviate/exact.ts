import { StoreError } from '../../domain/store-errors.ts';
import type { ClassProperty } from './schema.ts';
import type { Where } from './where.ts';

/** How the values of one property are asked for and compared: the filter may find more, the comparison decides. */
export interface ExactProperty {
  readonly name: string;
  /**
   * True where the filter itself is exact but for outer spaces. Any other tokenization splits a value into words:
   * it finds other values too, and none at all for a value without a word in it.
   */
  readonly exactFilter: boolean;
  /** `null` when no value of this property can equal any of these. */
  filter(values: readonly string[]): Where | null;
}

export function exactProperty(property: ClassProperty): ExactProperty {
  const { name } = property;
  const type = property.dataType[0] ?? '';
  if (type === 'int') {
    return {
      name,
      exactFilter: true,
      filter(values) {
        if (values.some((value) => INTEGER.test(value) && !Number.isSafeInteger(Number(value)))) {
          throw new StoreError('StoreRefusedError', `an id is beyond what the int property ${name} can hold exactly`);
        }
        const ints = values.filter((value) => INTEGER.test(value)).map(Number);
        return ints.length > 0 ? { operator: 'ContainsAny', path: name, ints } : null;
      },
    };
  }
  if (type === 'uuid') {
    return {
      name,
      exactFilter: true,
      filter(values) {
        if (values.some((value) => !UUID.test(value) && UUID.test(value.toLowerCase()))) {
          throw new StoreError('StoreRefusedError', `property ${name} is a uuid: give ids in lower case`);
        }
        const texts = values.filter((value) => UUID.test(value));
        return texts.length > 0 ? { operator: 'ContainsAny', path: name, texts } : null;
      },
    };
  }
  if (type !== 'text' && type !== 'string') {
    throw new StoreError('StoreRefusedError', `property ${name} is ${type}: an id must be text, uuid or int`);
  }
  return {
    name,
    exactFilter: property.tokenization === 'field',
    filter: (texts) => ({ operator: 'ContainsAny', path: name, texts }),
  };
}

const INTEGER = /^(0|-?[1-9]\d*)$/;
/** As Weaviate gives them back: a uuid in capitals would be found, and then equal no stored text. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
