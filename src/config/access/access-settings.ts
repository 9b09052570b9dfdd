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
export const accessSettings: z.ZodType<AccessSettings> = section<AccessSettings>({
  publish: networks.default(localNetworks),
  play: networks.default(allNetworks),
  relays: networks.default(localNetworks),
  rules: accessRuleSettings,
  failures: failureSettings,
});
