/**
 * Version 2 of the PROXY protocol: 12 bytes of signature, version and command, family and transport, the length of what follows,
 * then addresses and ports, and values with type and length. @see section 2.2
 */
import { ProtocolError } from '../../errors.ts';
import { crc32c } from './crc32c.ts';
import type { ProxyHeader, ProxySource } from './proxy-header.ts';

/** What every header begins with. */
export const SIGNATURE: Buffer = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED_BYTES = 16;

/** The longest header, all values included: proxies send some hundred bytes. */
const MAX_BYTES = 4096;

/** In the upper half of its byte; the command is the lower half. */
export const VERSION = 0x20;
/** Whether the proxy speaks for itself, or for a client. */
export const Command = { local: 0, proxy: 1 } as const;

/** Bytes of both addresses and ports of a stream, by family. */
const families = {
  ipv4: { addressBytes: 4, blockBytes: 12 },
  ipv6: { addressBytes: 16, blockBytes: 36 },
  unix: { addressBytes: 108, blockBytes: 216 },
} as const;

/** By the family's four bits. */
const familyOf = [undefined, families.ipv4, families.ipv6, families.unix] as const;

/** The lower half of the byte of family and transport. */
export const Transport = { unspecified: 0, stream: 1, datagram: 2 } as const;

/** What a value behind the addresses is about. */
export const ValueType = { authority: 0x02, crc32c: 0x03, tls: 0x20 } as const;

/** Of the first byte of a TLS value: the client speaks TLS with the proxy. */
export const CLIENT_TLS = 0x01;

/** Of a TLS value: flags, then whether a certificate was verified. */
const TLS_VALUE_BYTES = 5;

const MAX_AUTHORITY_BYTES = 255;

/** Reads the header; undefined while it is not whole. @throws ProtocolError `PROXY_HEADER_INVALID`, `PROXY_HEADER_TOO_LARGE` */
export function decodeBinaryHeader(bytes: Buffer): ProxyHeader | undefined {
  const shown = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.compare(SIGNATURE, 0, shown, 0, shown) !== 0) throw invalid('the signature is wrong');
  const command = commandOf(bytes[12]);
  const [family, transport] = placeOf(bytes[13]);
  if (bytes.length < FIXED_BYTES) return undefined;
  const length = FIXED_BYTES + bytes.readUInt16BE(14);
  if (length > MAX_BYTES) {
    const problem = `PROXY protocol version 2: the header has ${length} bytes, the most are ${MAX_BYTES}`;
    throw new ProtocolError('PROXY_HEADER_TOO_LARGE', problem);
  }
  if (bytes.length < length) return undefined;
  const header = bytes.subarray(0, length);
  if (command === Command.local)
    return { bytes: length, source: undefined, isTls: false, authority: undefined };
  const valuesAt = FIXED_BYTES + (family?.blockBytes ?? 0);
  if (valuesAt > length) throw invalid('the header is shorter than its addresses');
  // where the family is not known, nothing tells where its addresses end
  const values = family === undefined ? none : readValues(header, valuesAt);
  const source = transport === Transport.stream ? sourceOf(header, family) : undefined;
  return { bytes: length, source, ...values };
}

function commandOf(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if ((byte & 0xf0) !== VERSION) throw invalid(`the version is ${byte >> 4}`);
  const command = byte & 0x0f;
  if (command > Command.proxy) throw invalid(`the command ${command} is unknown`);
  return command;
}

function placeOf(byte = 0): [(typeof familyOf)[number], transport: number] {
  const family = byte >> 4;
  const transport = byte & 0x0f;
  if (family >= familyOf.length || transport > Transport.datagram)
    throw invalid(`the family and transport 0x${byte.toString(16)} are unknown`);
  return [familyOf[family], transport];
}

function sourceOf(header: Buffer, family: (typeof familyOf)[number]): ProxySource | undefined {
  if (family === undefined || family === families.unix) return undefined;
  const { addressBytes } = family;
  const block = header.subarray(FIXED_BYTES);
  const source = block.subarray(0, addressBytes);
  const address =
    addressBytes === families.ipv4.addressBytes
      ? source.join('.')
      : (source.toString('hex').match(/.{4}/g) ?? []).join(':');
  return { address, port: block.readUInt16BE(2 * addressBytes) };
}

type Values = Pick<ProxyHeader, 'isTls' | 'authority'>;

const none: Values = { isTls: false, authority: undefined };

/** What is known of the values behind the addresses; the others are passed over. */
function readValues(header: Buffer, from: number): Values {
  let { isTls, authority } = none;
  for (let at = from; at < header.length; ) {
    if (at + 3 > header.length) throw invalid('the header ends in the middle of a value');
    const type = header[at];
    const start = at + 3;
    const end = start + header.readUInt16BE(at + 1);
    if (end > header.length) throw invalid('a value is longer than the header');
    const value = header.subarray(start, end);
    if (type === ValueType.crc32c) check(header, start, value);
    else if (type === ValueType.tls) isTls = isTlsSeen(value);
    else if (type === ValueType.authority) authority = authorityIn(value);
    at = end;
  }
  return { isTls, authority };
}

function isTlsSeen(value: Buffer): boolean {
  if (value.length < TLS_VALUE_BYTES) throw invalid('the value about TLS is too short');
  return (value.readUInt8() & CLIENT_TLS) !== 0;
}

function authorityIn(value: Buffer): string {
  if (value.length > MAX_AUTHORITY_BYTES) throw invalid('the name that was asked for is too long');
  return value.toString('utf8');
}

/** The sum is that of the header with zeros in its place. @see section 2.2.3 */
function check(header: Buffer, at: number, value: Buffer): void {
  if (value.length !== 4) throw invalid('the checksum does not have 4 bytes');
  const zeros = Buffer.alloc(4);
  if (crc32c(header.subarray(0, at), zeros, header.subarray(at + 4)) !== value.readUInt32BE())
    throw invalid('the checksum is wrong');
}

function invalid(problem: string): ProtocolError {
  return new ProtocolError('PROXY_HEADER_INVALID', `PROXY protocol version 2: ${problem}`);
}
