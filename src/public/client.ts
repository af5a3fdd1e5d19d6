/**
 * The entry point `coppice/client`: a client of the HTTP API with the types of its OpenAPI document.
 *
 * @module
 */
export { type Client, type ClientOptions, createClient } from '../client/client.ts';
export { type Answer, ApiError, type Operation, type RequestOf, UnreachableError } from '../client/requests.ts';
export type { Operations, schemas } from '../client/schema.ts';
