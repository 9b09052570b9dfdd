import { generateKeyPairSync } from 'node:crypto';
import type { PermitSettings } from '../../src/config/access/access-settings.ts';
import {
  makePermit,
  type Permit,
  permitKeyId,
  permitPart,
  publicKeyText,
} from '../../src/credentials/permit.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const { privateKey: stranger } = generateKeyPairSync('ed25519');
const publicKey = publicKeyText(privateKey);
const keyId = permitKeyId(publicKey);

/** What a relay called `ottawa` is told of the house of the tests. */
export function permitSettings(settings: Partial<PermitSettings> = {}): PermitSettings {
  return { relay: 'ottawa', keys: { [keyId]: publicKey }, only: true, ...settings };
}

/** A permit of that house to play live/a for a minute, as a part of a query. @param by - `stranger`: made by somebody else */
export function permitQuery(permit: Partial<Permit> = {}, by: 'house' | 'stranger' = 'house'): string {
  const joinUntil = Math.floor(Date.now() / 1000) + 60;
  const all: Permit = { verb: 'play', stream: 'live/a', relay: 'ottawa', joinUntil, ...permit };
  return permitPart(makePermit(all, keyId, by === 'house' ? privateKey : stranger));
}
