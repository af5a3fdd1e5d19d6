import { z } from 'zod';
import { fileSchema } from '../../src/config/file-schema.ts';

/** The part of JSON Schema that coppice.yaml needs, with the words of our own checks. */
const base = z.object({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  minItems: z.number().optional(),
  required: z.array(z.string()).optional(),
  said: z.array(z.string()).optional(),
});

export type Schema = z.infer<typeof base> & {
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly additionalProperties?: Schema | boolean | undefined;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
};

const schema: z.ZodType<Schema> = base.extend({
  properties: z.lazy(() => z.record(z.string(), schema)).optional(),
  additionalProperties: z.lazy(() => z.union([z.boolean(), schema])).optional(),
  items: z.lazy(() => schema).optional(),
  anyOf: z.lazy(() => z.array(schema)).optional(),
  oneOf: z.lazy(() => z.array(schema)).optional(),
});

export function readFileSchema(): Schema {
  const json = z.toJSONSchema(fileSchema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const said = checksOf(zodSchema).flatMap(wordsOf);
      if (said.length > 0) Object.assign(jsonSchema, { said });
    },
  });
  return schema.parse(json);
}

function checksOf(type: z.core.$ZodType): readonly z.core.$ZodCheck<never>[] {
  const { checks = [] } = type._zod.def;
  return checks;
}

/** `must be …`, as the person reads it who got it wrong. */
function wordsOf(check: z.core.$ZodCheck<never>): string[] {
  const { error }: { error?: unknown } = check._zod.def;
  if (typeof error !== 'function') return [];
  const said: unknown = error({});
  return typeof said === 'string' ? [said] : [];
}

/** The choices of a union, those of unions within it too. */
export function choices(one: Schema): readonly Schema[] {
  const several = one.anyOf ?? one.oneOf;
  return several === undefined ? [one] : several.flatMap(choices);
}

export function isObject(one: Schema): boolean {
  return one.properties !== undefined;
}
