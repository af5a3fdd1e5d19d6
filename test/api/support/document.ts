import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

export interface Operation {
  readonly method: string;
  /** With `{name}` for its parameters. */
  readonly path: string;
  /** Scope that the token needs; `null`: the route is open to everybody. */
  readonly scope: string | null;
  readonly hasBody: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI document as a client has it: which operations there are, and whether an answer is one of theirs. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  readonly #document: Json;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: Json) {
    this.#document = document;
    this.#ajv.addFormat('date-time', (text) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d\d-\d\dT/.test(text));
    this.#ajv.addSchema(document, 'api');
    this.operations = Object.entries(object(document.paths)).flatMap(([path, methods]) =>
      Object.entries(object(methods)).map(([method, one]) => {
        const { security, requestBody } = object(one);
        const scope = /"bearer":\["(\w+)"\]/.exec(JSON.stringify(security ?? []))?.[1] ?? null;
        return { method: method.toUpperCase(), path, scope, hasBody: requestBody !== undefined };
      }),
    );
  }

  operationOf(method: string, url: string): Operation | null {
    const [path = ''] = url.split('?');
    const fits = (template: string) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
    const found = this.operations.filter((one) => one.method === method && fits(one.path));
    return found.find((one) => one.path === path) ?? found[0] ?? null;
  }

  /** Returns the problems of an answer, by the document. */
  problemsOf(operation: Operation, status: number, contentType: string | null, body: string): string[] {
    const at = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)];
    const response = at.reduce<unknown>((value, key) => object(value)[key], this.#document);
    if (response === undefined) return [`${status} is not among its answers`];
    const content = object(response).content;
    if (content === undefined) return body === '' ? [] : ['a body where there is none'];
    const type = (contentType ?? '').split(';')[0] ?? '';
    if (object(content)[type] === undefined) return [`its ${status} is not ${type}`];
    if (!type.includes('json')) return [];
    const pointer = [...at, 'content', type, 'schema'].map((key) =>
      encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')),
    );
    const key = `api#/${pointer.join('/')}`;
    const validate = this.#validators.get(key) ?? this.#ajv.compile({ $ref: key });
    this.#validators.set(key, validate);
    return validate(JSON.parse(body)) ? [] : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);
  }
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
