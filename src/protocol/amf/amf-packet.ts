import { ByteWriter } from '../../bytes/byte-writer.ts';
import { ProtocolError } from '../../errors.ts';
import { type AmfLimits, defaultAmfLimits } from './amf-limits.ts';
import { AmfReader } from './amf-reader.ts';
import type { AmfValue, ExternalizableClass } from './amf-value.ts';
import { encodeAmf0 } from './amf0.ts';
import { Amf0Decoder } from './amf0-decoder.ts';
import { AsAmf3 } from './amf0-encoder.ts';
import { Amf0Marker } from './amf0-marker.ts';
import { flexClasses } from './flex-classes.ts';

/** What one HTTP request or answer carries between a client and a gateway: calls, or their results. @see AMF0 section 4 */
export interface AmfPacket {
  /** Which AMF the sender prefers: with 3 the values of bodies go as AMF3. */
  readonly version: 0 | 3;
  readonly headers: readonly AmfHeader[];
  readonly bodies: readonly AmfBody[];
}

/** What holds for the whole packet. */
export interface AmfHeader {
  readonly name: string;
  /** Whether a receiver that does not know the header has to refuse the packet. */
  readonly mustUnderstand: boolean;
  readonly value: AmfValue;
}

/** A call, or the answer to one. */
export interface AmfBody {
  /** What is called, `service.method`; of an answer the `response` of its call with `/onResult` or `/onStatus` behind it. */
  readonly target: string;
  /** By which the answer names its call, such as `/1`; `null` as a text where none is wanted. */
  readonly response: string;
  /** Of a call an array, its arguments. */
  readonly value: AmfValue;
}

/** What a packet may cost. The limits on values hold for all of its headers and bodies together. */
export interface AmfPacketLimits extends AmfLimits {
  readonly maxHeaders: number;
  readonly maxBodies: number;
  /** Bytes of the name of a header, and of a target or response. */
  readonly maxNameBytes: number;
}

/** The limits where none are given. */
export const defaultAmfPacketLimits: AmfPacketLimits = {
  ...defaultAmfLimits,
  maxHeaders: 32,
  maxBodies: 64,
  maxNameBytes: 1024,
};

/** Bytes of the shortest header, and of the shortest body. */
const LEAST_HEADER_BYTES = 2 + 1 + 4 + 1;
const LEAST_BODY_BYTES = 2 + 2 + 4 + 1;

/** Stands for a length that the sender does not know. */
const UNKNOWN_LENGTH = 0xffff_ffff;

const maxU16 = 0xffff;

/**
 * Decodes a packet: u16 version, u16 count of headers, each with a name, a byte for must-understand, a u32 length and a value; u16
 * count of bodies, each with target, response, a u32 length and a value. Names are texts of a u16 length.
 * References count anew in each header and body. A length is only held against what is left: BlazeDS writes 1 for each.
 * @param bytes - not kept: strings and byte arrays are copies.
 * @param classes - the externalizable classes that values of AMF3 may have, by name.
 * @throws ProtocolError `AMF_PACKET_INVALID` for another version, too many headers or bodies, a name that is too long, or
 *   bytes behind the last body; otherwise as `decodeAmf0`.
 * @see AMF0 section 4.1
 */
export function decodeAmfPacket(
  bytes: Uint8Array,
  limits?: Partial<AmfPacketLimits>,
  classes: ReadonlyMap<string, ExternalizableClass> = flexClasses,
): AmfPacket {
  const reader = new PacketReader(bytes, { ...defaultAmfPacketLimits, ...limits }, classes);
  return reader.packet();
}

/**
 * Encodes a packet. In one of version 3 the values of bodies go as AMF3; the arguments of a call, an array, each for itself, as Flash
 * Player sends them. The values of headers go as AMF0 in both.
 * @throws ProtocolError `AMF_PACKET_INVALID` for over 65,535 headers or bodies, or a name of more bytes; otherwise as `encodeAmf0`.
 */
export function encodeAmfPacket({ version, headers, bodies }: AmfPacket): Buffer {
  return joinAmfPacket({
    version,
    headers,
    bodies: bodies.map((body) => ({ ...body, value: encodeAmfBody(body, version) })),
  });
}

/** A packet whose bodies are encoded, each with {@link encodeAmfBody}: one that cannot be is no hindrance for the others. */
export interface AmfPacketParts extends Omit<AmfPacket, 'bodies'> {
  readonly bodies: readonly (Omit<AmfBody, 'value'> & { readonly value: Uint8Array })[];
}

/**
 * Encodes a packet as {@link encodeAmfPacket} does.
 * @throws ProtocolError `AMF_PACKET_INVALID` for over 65,535 headers or bodies, or a name of more bytes; for headers as `encodeAmf0`.
 */
export function joinAmfPacket({ version, headers, bodies }: AmfPacketParts): Buffer {
  const writer = new ByteWriter();
  writer.u16(version);
  writeCount(writer, 'headers', headers.length);
  for (const { name, mustUnderstand, value } of headers) {
    writeName(writer, name);
    writer.u8(mustUnderstand ? 1 : 0);
    writeValue(writer, encodeAmf0(value));
  }
  writeCount(writer, 'bodies', bodies.length);
  for (const { target, response, value } of bodies) {
    writeName(writer, target);
    writeName(writer, response);
    writeValue(writer, value);
  }
  return writer.finish();
}

/**
 * Encodes the value of a body as it stands in a packet of this version.
 * @throws ProtocolError as `encodeAmf0`
 */
export function encodeAmfBody({ target, value }: Omit<AmfBody, 'response'>, version: 0 | 3): Buffer {
  if (version === 0) return encodeAmf0(value);
  const isAnswer = target.includes('/');
  if (isAnswer || !Array.isArray(value)) return encodeAmf0(new AsAmf3(value));
  const writer = new ByteWriter();
  writer.u8(Amf0Marker.strictArray);
  writer.u32(value.length);
  writer.bytes(encodeAmf0(...Array.from(value, (item) => new AsAmf3(item))));
  return writer.finish();
}

function writeCount(writer: ByteWriter, what: string, count: number): void {
  if (count > maxU16) throw new ProtocolError('AMF_PACKET_INVALID', `${count} ${what}, limit ${maxU16}`);
  writer.u16(count);
}

function writeName(writer: ByteWriter, name: string): void {
  const size = Buffer.byteLength(name);
  if (size > maxU16) throw new ProtocolError('AMF_PACKET_INVALID', `name of ${size} bytes, limit ${maxU16}`);
  writer.u16(size);
  writer.utf8(name, size);
}

function writeValue(writer: ByteWriter, value: Uint8Array): void {
  writer.u32(value.length);
  writer.bytes(value);
}

class PacketReader {
  readonly #reader: AmfReader;
  readonly #limits: AmfPacketLimits;
  readonly #classes: ReadonlyMap<string, ExternalizableClass>;

  constructor(bytes: Uint8Array, limits: AmfPacketLimits, classes: ReadonlyMap<string, ExternalizableClass>) {
    this.#reader = new AmfReader(bytes, limits);
    this.#limits = limits;
    this.#classes = classes;
  }

  packet(): AmfPacket {
    const reader = this.#reader;
    const version = reader.u16();
    if (version !== 0 && version !== 3) throw reader.fault('AMF_PACKET_INVALID', `version ${version}`);
    const headers: AmfHeader[] = [];
    const headerCount = this.#count('headers', this.#limits.maxHeaders, LEAST_HEADER_BYTES);
    for (let i = 0; i < headerCount; i++) {
      const name = this.#name();
      const mustUnderstand = reader.u8() !== 0;
      headers.push({ name, mustUnderstand, value: this.#value() });
    }
    const bodies: AmfBody[] = [];
    const bodyCount = this.#count('bodies', this.#limits.maxBodies, LEAST_BODY_BYTES);
    for (let i = 0; i < bodyCount; i++) {
      const target = this.#name();
      const response = this.#name();
      bodies.push({ target, response, value: this.#value() });
    }
    if (reader.remaining > 0) {
      throw reader.fault('AMF_PACKET_INVALID', `${reader.remaining} bytes behind a packet that ends`);
    }
    return { version, headers, bodies };
  }

  #count(what: string, most: number, leastBytes: number): number {
    const count = this.#reader.u16();
    if (count > most) throw this.#reader.fault('AMF_PACKET_INVALID', `${count} ${what}, limit ${most},`);
    this.#reader.expect(count * leastBytes);
    return count;
  }

  #name(): string {
    const size = this.#reader.u16();
    const { maxNameBytes } = this.#limits;
    if (size > maxNameBytes) {
      throw this.#reader.fault('AMF_PACKET_INVALID', `name of ${size} bytes, limit ${maxNameBytes},`);
    }
    return this.#reader.utf8(size);
  }

  #value(): AmfValue {
    const length = this.#reader.u32();
    if (length !== UNKNOWN_LENGTH) this.#reader.expect(length);
    return new Amf0Decoder(this.#reader, this.#classes).decodeOne();
  }
}
