import type { z } from 'zod';
import { section } from '../setting-schema.ts';
import { type AccessRuleSettings, accessRuleSettings } from './access-rule-settings.ts';
import { type FailureSettings, failureSettings } from './failure-settings.ts';
import { networks } from './network-settings.ts';

/** Who may do what: as lists of networks in CIDR notation, of which an empty one is nobody, and before them as rules. */
export interface AccessSettings {
  /** May publish; default: loopback, link-local and private networks. */
  readonly publish: readonly string[];
  /** May play; default: everybody. */
  readonly play: readonly string[];
  /** Are believed when they say that they are relays; default: as `publish`. */
  readonly relays: readonly string[];
  /** Decide before the lists; default: none. */
  readonly rules: readonly AccessRuleSettings[];
  readonly failures: FailureSettings;
  /** Permits of the house that the relay belongs to: only that gives them, never the configuration; null where it has given none. */
  readonly permits: PermitSettings | null;
}

/** Which permits a relay believes, and whether nobody comes in without. */
export interface PermitSettings {
  /** Ed25519 public keys of those who sign them, base64url of 32 bytes, by id. */
  readonly keys: Readonly<Record<string, string>>;
  /** What the relay is called in them. */
  readonly relay: string;
  /** Whether only those may publish and play who have one. */
  readonly only: boolean;
}

const localNetworks = [
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
];
const allNetworks = ['0.0.0.0/0', '::/0'];

/** Schema of `access`. */
export const accessSettings: z.ZodType<AccessSettings> = section<Omit<AccessSettings, 'permits'>>({
  publish: networks.default(localNetworks),
  play: networks.default(allNetworks),
  relays: networks.default(localNetworks),
  rules: accessRuleSettings,
  failures: failureSettings,
}).transform((written) => ({ ...written, permits: null }));
