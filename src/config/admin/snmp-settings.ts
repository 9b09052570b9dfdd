import { z } from 'zod';
import type { ListenerSettings } from '../listen-settings.ts';
import { isHost, networkProblem } from '../networks.ts';
import { checkedString, fileName, integer, settings } from '../setting-schema.ts';

/** How a user of SNMP version 3 proves who it is. */
export const snmpAuthProtocols = ['sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

/** How what it is sent is hidden: AES with keys of 128 or 256 bits. */
export const snmpPrivProtocols = ['aes', 'aes256'] as const;

/** A user of SNMP version 3: it always proves who it is, and hides what is said if it has a secret for that. */
export interface SnmpUserSettings {
  /** 1 to 32 letters, digits and `._@-`. */
  readonly name: string;
  readonly authProtocol: (typeof snmpAuthProtocols)[number];
  /** File with the secret that it proves to know, 8 characters or more. */
  readonly authFile: string;
  readonly privProtocol: (typeof snmpPrivProtocols)[number];
  /** File with the secret that hides what is said, 8 characters or more; null (default): it is not hidden. */
  readonly privFile: string | null;
}

/** The SNMP agent: it can be read, by version 2c and 3. */
export interface SnmpSettings extends ListenerSettings {
  /** Who may ask; whoever is in none of these networks is not answered. Default: this machine. */
  readonly networks: readonly string[];
  /** File with the communities that may read by version 2c, a line each; null (default): version 2c is off. Without it and users there is no agent. */
  readonly communityFile: string | null;
  /** Who may read by version 3; default: nobody. */
  readonly users: readonly SnmpUserSettings[];
  /** Requests that are looked at in a second, 1 to 10,000; default 500. */
  readonly requestsPerSecond: number;
}

const user = settings<SnmpUserSettings>({
  name: checkedString((name) =>
    /^[\w.@-]{1,32}$/.test(name)
      ? undefined
      : 'expected 1 to 32 letters, digits and characters of ._@- as a name',
  ),
  authProtocol: z.enum(snmpAuthProtocols).default('sha256'),
  authFile: fileName,
  privProtocol: z.enum(snmpPrivProtocols).default('aes'),
  privFile: fileName.nullable().default(null),
});

/** Schema of `snmp`; it is off by default, and where nobody could ask. */
export const snmpSettings: z.ZodType<SnmpSettings | null> = settings<SnmpSettings>({
  host: checkedString(
    (host) => (isHost(host) ? undefined : 'expected a host name or an address, without brackets and port'),
    'host name or address',
  ).default('::'),
  port: integer(0, 65_535, 161),
  networks: z.array(checkedString(networkProblem, 'network')).default(['127.0.0.0/8', '::1/128']),
  communityFile: fileName.nullable().default(null),
  users: z.array(user).default([]),
  requestsPerSecond: integer(1, 10_000, 500),
})
  .nullable()
  .default(null)
  .transform((snmp) => (snmp?.communityFile === null && snmp.users.length === 0 ? null : snmp));
