import { z } from 'zod';
import { networkProblem } from './networks.ts';
import { checkedString, section } from './setting-schema.ts';

/** Who may do what, as lists of networks in CIDR notation; an empty list is nobody. */
export interface AccessSettings {
  /** May publish; default: loopback, link-local and private networks. */
  readonly publish: readonly string[];
  /** May play; default: everybody. */
  readonly play: readonly string[];
  /** Are believed when they say that they are relays; default: as `publish`. */
  readonly relays: readonly string[];
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

const networks = z.array(checkedString(networkProblem, 'network'));

/** Schema of `access`. */
export const accessSettings: z.ZodType<AccessSettings> = section<AccessSettings>({
  publish: networks.default(localNetworks),
  play: networks.default(allNetworks),
  relays: networks.default(localNetworks),
});
