import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { isTlsSocket } from '../built-in.ts';

/** A certificate that a client has shown in TLS, and whose chain leads to an authority that is believed. */
export interface ClientCertificate {
  /** Its common names, then its other names: hosts, e-mail addresses, URIs. */
  readonly names: readonly string[];
  /** SHA-256 of it, 64 hexadecimal digits in small letters. */
  readonly fingerprint: string;
  readonly validTo: Date;
}

/** So many names of a certificate are looked at, each of at most so many characters. */
const MAX_NAMES = 100;
const MAX_NAME_LENGTH = 255;

/** What the peer has shown of itself in TLS, if anything; a session that goes on may be believed without a certificate. */
export function certificateOf(socket: Duplex): ClientCertificate | undefined {
  if (!isTlsSocket(socket) || !socket.authorized) return undefined;
  const shown = socket.getPeerX509Certificate();
  return shown && readClientCertificate(shown);
}

/** What of a certificate says who its owner is. */
export function readClientCertificate(certificate: X509Certificate): ClientCertificate {
  const { subject = '', subjectAltName = '', fingerprint256, validToDate } = certificate;
  const names = [...commonNames(subject), ...otherNames(subjectAltName)];
  return {
    names: names.filter(({ length }) => length > 0 && length <= MAX_NAME_LENGTH).slice(0, MAX_NAMES),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    validTo: validToDate,
  };
}

/** @param subject - an attribute on each line; special characters behind backslashes. @see RFC 4514 */
function commonNames(subject: string): string[] {
  return subject
    .split('\n')
    .filter((line) => line.startsWith('CN='))
    .map((line) => line.slice('CN='.length).replace(/\\([0-9A-F]{2}|.)/gi, unescaped));
}

function unescaped(_match: string, escaped: string): string {
  return escaped.length === 2 ? String.fromCharCode(Number.parseInt(escaped, 16)) : escaped;
}

/** @param names - as Node writes them: `DNS:a, URI:"b, c"`, a name that could be misread as a string of JSON */
function otherNames(names: string): string[] {
  const found = names.matchAll(/(?:^|, )(DNS|URI|email):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...found].map(([, , name = '']) => (name.startsWith('"') ? String(JSON.parse(name)) : name));
}
