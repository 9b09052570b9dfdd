import { bufferView } from '../../bytes/buffer-view.ts';
import type { AmfLimits } from './amf-limits.ts';
import { AmfReader } from './amf-reader.ts';
import type { AmfValue, ExternalizableClass } from './amf-value.ts';
import { Amf0Decoder } from './amf0-decoder.ts';
import { Amf0Encoder, type AsAmf3 } from './amf0-encoder.ts';
import { Amf0Marker as Marker } from './amf0-marker.ts';
import { Amf3Marker } from './amf3-marker.ts';
import { flexClasses } from './flex-classes.ts';

/** Longest text that `readAmf0String` reads, in bytes. */
const maxNameBytes = 0xffff;

/**
 * Decodes all values of a message body, of which any may be one of AMF3.
 * References are resolved to the very object they name, so the values can share parts and be cyclic.
 * @param bytes - not kept: strings and byte arrays are copies.
 * @param classes - the externalizable classes that values of AMF3 may have, by name.
 * @throws ProtocolError `AMF_TRUNCATED`, `AMF_MARKER_RESERVED`, `AMF_MARKER_UNKNOWN`, `AMF_REFERENCE_INVALID`,
 *   `AMF_CLASS_UNKNOWN` (externalizable), or a limit: `AMF_TOO_DEEP`, `AMF_TOO_MANY_VALUES`, `AMF_VALUE_INVALID` (too long).
 * @see AMF0 section 2
 */
export function decodeAmf0(
  bytes: Uint8Array,
  limits?: Partial<AmfLimits>,
  classes: ReadonlyMap<string, ExternalizableClass> = flexClasses,
): AmfValue[] {
  return new Amf0Decoder(new AmfReader(bytes, limits), classes).decode();
}

/**
 * Encodes values as one message body.
 * An object or array that occurs again, within itself too, is written as a reference. A string over 65,535 bytes becomes
 * a long string, a hole in an array undefined, a date has time zone 0. What AMF0 has no form for goes as AMF3, with all
 * that is in it. Which properties of a typed object are sealed is not written.
 * @throws ProtocolError `AMF_VALUE_INVALID` for a key or class name over 65,535 bytes, for what is no AMF value, and for a
 *   cycle that would need a reference over 65,535; `AMF_TOO_DEEP` beyond `deepestNesting`; of AMF3 as `encodeAmf3`.
 */
export function encodeAmf0(...values: (AmfValue | AsAmf3)[]): Buffer {
  return new Amf0Encoder().encode(values);
}

/**
 * Reads only a leading string, such as the name of a data message, and where it ends; never throws. It is read in every form
 * that a peer may give it: with a short length, with a long one, or as a value of AMF3.
 * Undefined when the body begins with anything else, ends within the string, or has one of more than 65,535 bytes.
 */
export function readAmf0String(bytes: Uint8Array): { value: string; end: number } | undefined {
  const view = bufferView(bytes);
  const head = stringHead(view);
  if (head === undefined || head.size > maxNameBytes) return undefined;
  const end = head.start + head.size;
  return end > view.length ? undefined : { value: view.toString('utf8', head.start, end), end };
}

/** Where the text of a string begins, and how many bytes it has. */
interface StringHead {
  readonly start: number;
  readonly size: number;
}

function stringHead(bytes: Buffer): StringHead | undefined {
  switch (bytes[0]) {
    case Marker.string:
      return bytes.length < 3 ? undefined : { start: 3, size: bytes.readUInt16BE(1) };
    case Marker.longString:
      return bytes.length < 5 ? undefined : { start: 5, size: bytes.readUInt32BE(1) };
    case Marker.avmPlusObject:
      return bytes[1] === Amf3Marker.string ? amf3StringHead(bytes, 2) : undefined;
    default:
      return undefined;
  }
}

/** Up to 29 bits, seven a byte and eight in a fourth: the size, above a bit that no reference has. @see AMF3 section 1.3 */
function amf3StringHead(bytes: Buffer, at: number): StringHead | undefined {
  let bits = 0;
  for (let start = at + 1; start <= at + 4; start++) {
    const byte = bytes[start - 1];
    if (byte === undefined) return undefined;
    const isFourth = start === at + 4;
    bits = isFourth ? (bits << 8) | byte : (bits << 7) | (byte & 0x7f);
    if (isFourth || byte < 0x80) return bits & 1 ? { start, size: bits >>> 1 } : undefined;
  }
  return undefined;
}
