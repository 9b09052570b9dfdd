import {
  AsfGuid,
  type AsfObject,
  asfObjects,
  expectBytes,
  guidAt,
  guidBytes,
  headerFault,
  uint64At,
} from './asf-object.ts';
import { type AsfStream, readAsfStream } from './asf-stream.ts';

/** What an ASF stream begins with, as far as a relay goes by it. */
export interface AsfHeader {
  /** Bytes of every data packet, 100 to 65,527: one that is shorter is meant to be padded. */
  readonly packetBytes: number;
  /** In the order of their numbers. */
  readonly streams: readonly AsfStream[];
  /** Whether it says that what follows is live: its sizes, counts and durations mean nothing then. */
  readonly isBroadcast: boolean;
  /** Where it says so: the flags of its File Properties Object. */
  readonly fileFlagsAt: number;
  /** Of how many objects it is made: what it costs to read it. */
  readonly objectCount: number;
}

/** The largest header that is taken, bytes: those of encoders have a few kilobytes. */
export const MAX_ASF_HEADER_BYTES: number = 2 ** 20;

/** Bytes of the Header Object before the objects in it. */
export const headerObjectBytes = 30;
/** Bytes of the Data Object before its packets: they belong to the header wherever one is sent. */
export const dataObjectBytes = 50;

/** A packet is to fit into a packet of MMSH with its data packet header, and has to have room for something. */
const MIN_PACKET_BYTES = 100;
const MAX_PACKET_BYTES = 65_527;

/** Flags of the File Properties Object. */
export const FileFlag = { broadcast: 0x01, seekable: 0x02 } as const;

/** More objects than any header has: each costs time, however little it takes. */
const MAX_OBJECTS = 1024;

/** Where fields stand in their objects. @see ASF 01.20.05 sections 3.2, 3.4 and 4.1 */
const FileProperties = { flags: 88, minPacketBytes: 92, maxPacketBytes: 96, size: 104 };
const HeaderExtension = { dataBytes: 42, data: 46 };
const ExtendedStream = { nameCount: 84, systemCount: 86, names: 88 };

/**
 * Reads a header.
 * @param bytes - the Header Object and the first 50 bytes of the Data Object, nothing else
 * @throws ProtocolError `ASF_HEADER_INVALID`
 */
export function readAsfHeader(bytes: Buffer): AsfHeader {
  const end = asfHeaderBytes(bytes) - dataObjectBytes;
  expectBytes(bytes, end, dataObjectBytes);
  if (guidAt(bytes, end) !== AsfGuid.data) throw headerFault('no Data Object behind the Header Object', end);
  const behind = bytes.length - end - dataObjectBytes;
  if (behind > 0) throw headerFault(`${behind} bytes too many`, end + dataObjectBytes);
  return new HeaderObjects(bytes, end).header();
}

/**
 * How many bytes a header has, of what it begins with.
 * @param bytes - at least the first 30 of it, or all
 * @throws ProtocolError `ASF_HEADER_INVALID` when it is none, or larger than is taken
 */
export function asfHeaderBytes(bytes: Buffer): number {
  expectBytes(bytes, 0, headerObjectBytes);
  if (guidAt(bytes, 0) !== AsfGuid.header) throw headerFault('no Header Object', 0);
  const size = uint64At(bytes, guidBytes) + dataObjectBytes;
  if (size < headerObjectBytes + dataObjectBytes || size > MAX_ASF_HEADER_BYTES) {
    const range = `expected ${headerObjectBytes} to ${MAX_ASF_HEADER_BYTES - dataObjectBytes}`;
    throw headerFault(`a Header Object of ${size - dataObjectBytes} bytes, ${range}`, guidBytes);
  }
  return size;
}

/** Whether who decodes by one header can go on with the packets of the other: names, dates, ids and bit rates do not count. */
export function haveSameStreams(a: AsfHeader, b: AsfHeader): boolean {
  return (
    a.packetBytes === b.packetBytes &&
    a.streams.length === b.streams.length &&
    a.streams.every(({ number, properties }, i) => {
      const other = b.streams[i];
      return number === other?.number && properties.equals(other.properties);
    })
  );
}

/** A header's objects, read one after the other. How many the Header Object claims is not asked: ffmpeg counts no markers. */
class HeaderObjects {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #streams = new Map<number, AsfStream>();
  #file: Pick<AsfHeader, 'packetBytes' | 'isBroadcast' | 'fileFlagsAt'> | undefined;
  #count = 0;

  constructor(bytes: Buffer, end: number) {
    this.#bytes = bytes;
    this.#end = end;
  }

  header(): AsfHeader {
    for (const object of this.#objects(headerObjectBytes, this.#end)) this.#read(object);
    if (this.#file === undefined) throw headerFault('no File Properties Object', headerObjectBytes);
    if (this.#streams.size === 0) throw headerFault('no stream', headerObjectBytes);
    const streams = [...this.#streams.values()].sort((a, b) => a.number - b.number);
    return { ...this.#file, streams, objectCount: this.#count };
  }

  *#objects(start: number, end: number): Generator<AsfObject> {
    for (const object of asfObjects(this.#bytes, start, end)) {
      this.#count++;
      if (this.#count > MAX_OBJECTS) throw headerFault(`more than ${MAX_OBJECTS} objects`, object.at);
      yield object;
    }
  }

  #read(object: AsfObject): void {
    if (object.guid === AsfGuid.fileProperties) this.#readFileProperties(object);
    else if (object.guid === AsfGuid.streamProperties) this.#readStream(object);
    else if (object.guid === AsfGuid.headerExtension) this.#readExtension(object);
  }

  #readFileProperties({ at, end }: AsfObject): void {
    expectBytes(this.#bytes, at, FileProperties.size, end);
    if (this.#file !== undefined) throw headerFault('a second File Properties Object', at);
    const min = this.#bytes.readUInt32LE(at + FileProperties.minPacketBytes);
    const max = this.#bytes.readUInt32LE(at + FileProperties.maxPacketBytes);
    if (min !== max) throw headerFault(`packets of ${min} to ${max} bytes, expected one size`, at);
    if (max < MIN_PACKET_BYTES || max > MAX_PACKET_BYTES)
      throw headerFault(`packets of ${max} bytes, expected ${MIN_PACKET_BYTES} to ${MAX_PACKET_BYTES}`, at);
    const fileFlagsAt = at + FileProperties.flags;
    const isBroadcast = (this.#bytes.readUInt32LE(fileFlagsAt) & FileFlag.broadcast) !== 0;
    this.#file = { packetBytes: max, isBroadcast, fileFlagsAt };
  }

  #readStream(object: AsfObject): void {
    const stream = readAsfStream(this.#bytes, object);
    if (this.#streams.has(stream.number)) throw headerFault(`a second stream ${stream.number}`, object.at);
    this.#streams.set(stream.number, stream);
  }

  #readExtension({ at, end }: AsfObject): void {
    expectBytes(this.#bytes, at, HeaderExtension.data, end);
    const size = this.#bytes.readUInt32LE(at + HeaderExtension.dataBytes);
    const dataAt = at + HeaderExtension.data;
    expectBytes(this.#bytes, dataAt, size, end);
    for (const object of this.#objects(dataAt, dataAt + size)) {
      if (object.guid === AsfGuid.extendedStreamProperties) this.#readExtendedStream(object);
    }
  }

  /** A stream with extended properties may have all of its properties in there, behind names and payload extension systems. */
  #readExtendedStream({ at: start, end }: AsfObject): void {
    const bytes = this.#bytes;
    expectBytes(bytes, start, ExtendedStream.names, end);
    const nameCount = bytes.readUInt16LE(start + ExtendedStream.nameCount);
    const systemCount = bytes.readUInt16LE(start + ExtendedStream.systemCount);
    let at = start + ExtendedStream.names;
    for (let i = 0; i < nameCount; i++) {
      expectBytes(bytes, at, 4, end);
      at += 4 + bytes.readUInt16LE(at + 2);
    }
    for (let i = 0; i < systemCount; i++) {
      expectBytes(bytes, at, 22, end);
      at += 22 + bytes.readUInt32LE(at + 18);
    }
    if (at > end) throw headerFault('names and extensions that do not fit', start);
    for (const object of this.#objects(at, end))
      if (object.guid === AsfGuid.streamProperties) this.#readStream(object);
  }
}
