import { z } from 'zod';
import { readMediaUrl } from '../../media-url.ts';
import { checkedString, fileName, section } from '../setting-schema.ts';

/** The house that a relay belongs to, and how both know each other. */
export interface HouseLinkSettings {
  /** Where it takes links: https:// or wss://, perhaps with a port; http:// and ws:// only where `insecure`. */
  readonly url: string;
  /** What the relay is called in the roster of the house: 1 to 64 letters, digits and `._-`. */
  readonly id: string;
  /** File with the relay's secret, 16 characters or more; null (default): it has a certificate only. */
  readonly keyFile: string | null;
  /** Authorities in PEM form that the house's certificate is checked by, and no others; null (default): those of the system. */
  readonly caFile: string | null;
  /** Certificate in PEM form that the relay shows to the house; null (default): none. */
  readonly certFile: string | null;
  /** Its private key, without a passphrase; null (default): none. */
  readonly certKeyFile: string | null;
  /** Whether the link may go without TLS, so that whoever is on the way reads the key; default: no. */
  readonly insecure: boolean;
  /** Where the last good config of the house is kept; `auto` (default): in the directory that the relay has for its state. */
  readonly copyFile: string;
}

type WrittenLink = { readonly [K in keyof HouseLinkSettings]: HouseLinkSettings[K] | null };

/** Schema of `house`; without a URL there is none. */
export const houseLinkSettings: z.ZodType<HouseLinkSettings | null> = section<WrittenLink>(
  {
    url: checkedString(houseUrlProblem, 'URL').nullable().default(null),
    id: checkedString(relayIdProblem, 'name').nullable().default(null),
    keyFile: fileName.nullable().default(null),
    caFile: fileName.nullable().default(null),
    certFile: fileName.nullable().default(null),
    certKeyFile: fileName.nullable().default(null),
    insecure: z.boolean().default(false),
    copyFile: fileName.default('auto'),
  },
  (link, context) => {
    for (const [name, message] of contradictions(link))
      context.addIssue({ code: 'custom', path: [name], message });
  },
)
  .nullable()
  .default(null)
  .transform((link) => (link === null || link.url === null ? null : (link as HouseLinkSettings)));

/** What is wrong with the URL of a house, as a sentence that begins with "expected"; undefined when nothing is. */
export function houseUrlProblem(url: string): string | undefined {
  const read = readMediaUrl(url);
  const isPlain = /^(?:https?|wss?):\/\/[^/?#@\s]+\/?$/i.test(url);
  return isPlain && typeof read !== 'string'
    ? undefined
    : 'expected a URL without path, user and query, such as https://house.example.org';
}

/** What is wrong with the id of a relay, as a sentence that begins with "expected"; undefined when nothing is. */
export function relayIdProblem(id: string): string | undefined {
  return /^[\w.-]{1,64}$/.test(id) ? undefined : 'expected 1 to 64 letters, digits and characters of ._-';
}

function* contradictions(link: WrittenLink): Generator<[name: keyof WrittenLink, message: string]> {
  const { url, id, keyFile, certFile, certKeyFile, insecure } = link;
  if (Boolean(certFile) !== Boolean(certKeyFile)) {
    const [there, missing] = certFile
      ? (['certFile', 'certKeyFile'] as const)
      : (['certKeyFile', 'certFile'] as const);
    yield [missing, `expected a file, because there is a ${there}`];
  }
  if (typeof url !== 'string') return;
  if (id === null) yield ['id', 'expected what the relay is called in the roster, because there is a url'];
  if (keyFile === null && certFile === null)
    yield ['keyFile', 'expected the file of the key, because there is neither a key nor a certificate'];
  if (/^(?:http|ws):/i.test(url) && insecure !== true)
    yield [
      'url',
      'expected https:// or wss://: without TLS the key can be read on the way, unless "insecure" is true',
    ];
}
