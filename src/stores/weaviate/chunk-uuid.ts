import { createHash } from 'node:crypto';

/** Coppice's own namespace, so that no other program's v5 uuids of the same names collide with ours. */
const NAMESPACE = Buffer.from('6f1d7c52b0a94e0f9a3c5d2e8b7f4a16', 'hex');

/**
 * The uuid of a new chunk: the same chunk always gets the same one, so that writing it twice writes one object.
 * The parts are encoded as JSON, so that `("a", "bc")` and `("ab", "c")` differ.
 */
export function chunkUuid(documentId: string, chunkId: string): string {
  const hash = createHash('sha1')
    .update(NAMESPACE)
    .update(JSON.stringify([documentId, chunkId]))
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
