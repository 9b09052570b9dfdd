import { MAX_PEER_TEXT, printable } from '../../log.ts';
import type { AccessEntry } from './access-entry.ts';

/** Longer keys and queries are cut, characters. */
const MAX_TARGET = 1024;

/** Makes the line of an entry, with its end. @param relay - its name */
export type AccessLine = (entry: AccessEntry, relay: string) => string;

/** The ways to write a line. */
export const accessLines: Readonly<Record<'json' | 'combined', AccessLine>> = {
  json: jsonLine,
  combined: combinedLine,
};

function jsonLine(entry: AccessEntry, relay: string): string {
  const { stream, endedAt, isTls, isLagging, via, identity, client, firstMediaMs, seconds } = entry;
  const shown = (text: string | undefined, most: number = MAX_PEER_TEXT): string | null =>
    text === undefined ? null : printable(text, most);
  const line = {
    time: endedAt.toISOString(),
    relay,
    connection: entry.connection,
    address: entry.address,
    via: via ?? null,
    identity: shown(identity),
    role: entry.role,
    protocol: entry.protocol,
    tls: isTls,
    stream: shown(stream?.key, MAX_TARGET),
    query: shown(stream?.query || undefined, MAX_TARGET),
    client: shown(client || undefined),
    seconds: Math.round(seconds * 1000) / 1000,
    bytes: entry.bytes,
    firstMediaMs: firstMediaMs ?? null,
    droppedFrames: entry.droppedFrames,
    lagging: isLagging,
    reason: entry.reason,
    status: entry.status,
    ...(entry.protocol === 'mmsh' ? { clientId: entry.clientId ?? null, report: entry.report ?? null } : {}),
  };
  return `${JSON.stringify(line)}\n`;
}

/** What tools for web servers know: a play is a GET, a publication a POST, and every protocol HTTP. */
function combinedLine(entry: AccessEntry): string {
  const { address, identity, endedAt, role, stream, status, bytes, client } = entry;
  const method = role === 'publisher' ? 'POST' : 'GET';
  const request = stream === undefined ? '-' : `${method} ${targetOf(entry)} HTTP/1.1`;
  const user = escaped(identity).replaceAll(' ', '\\x20') || '-';
  return `${address} - ${user} [${clockTime(endedAt)}] "${request}" ${status} ${bytes} "-" "${escaped(client) || '-'}"\n`;
}

/** What the paths of a protocol end in. */
const extensions: Readonly<Record<string, string>> = {
  'http-flv': '.flv',
  'ws-flv': '.flv',
  'asf-http': '.asf',
};

/** A path without anything that would end it. */
function targetOf({ stream, protocol }: AccessEntry): string {
  const { key = '', query = '' } = stream ?? {};
  const encode = (text: string): string => encodeURI(text.slice(0, MAX_TARGET).toWellFormed());
  const path = encode(key).replaceAll('?', '%3F').replaceAll('#', '%23');
  return `/${path}${extensions[protocol] ?? ''}${query === '' ? '' : `?${encode(query)}`}`;
}

/** Quotes and backslashes as nginx escapes them, and nothing that cannot be seen. */
function escaped(text = ''): string {
  const plain = text.replaceAll('\\', '\\x5c').replaceAll('"', '\\x22');
  return printable(plain, MAX_PEER_TEXT);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As in `22/Nov/2026:06:23:47 +0000`. */
function clockTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${date.toISOString().slice(11, 19)} +0000`;
}
