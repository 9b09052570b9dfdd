// What the codecs use of node:crypto, for browsers.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { Buffer } from 'buffer';

export function randomBytes(size) {
  const bytes = Buffer.alloc(size);
  // browsers give no more than this at once
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

export function createHash(algorithm) {
  return digesting(expectSha256(algorithm).create());
}

export function createHmac(algorithm, key) {
  return digesting(hmac.create(expectSha256(algorithm), key));
}

function digesting(state) {
  return {
    update(bytes) {
      state.update(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      return this;
    },
    digest: () => Buffer.from(state.digest()),
  };
}

function expectSha256(algorithm) {
  if (algorithm === 'sha256') return sha256;
  throw new Error(`no ${algorithm} here`);
}
