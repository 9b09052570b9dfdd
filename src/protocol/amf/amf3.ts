import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { AmfLimits } from './amf-limits.ts';
import { AmfReader } from './amf-reader.ts';
import type { AmfValue, ExternalizableClass } from './amf-value.ts';
import { Amf3Decoder } from './amf3-decoder.ts';
import { Amf3Encoder } from './amf3-encoder.ts';
import { flexClasses } from './flex-classes.ts';

/**
 * Decodes values of AMF3 that share their references, as those of one message body do. Objects that ActionScript writes into a
 * ByteArray do not: each begins anew.
 * References are resolved to the very object they name, so the values can share parts and be cyclic.
 * @param bytes - not kept: strings and byte arrays are copies.
 * @param classes - the externalizable classes that values may have, by name.
 * @throws ProtocolError `AMF_TRUNCATED`, `AMF_MARKER_UNKNOWN`, `AMF_REFERENCE_INVALID`, `AMF_CLASS_UNKNOWN` (externalizable),
 *   or a limit: `AMF_TOO_DEEP`, `AMF_TOO_MANY_VALUES`, `AMF_VALUE_INVALID` (too long).
 * @see AMF3 section 3
 */
export function decodeAmf3(
  bytes: Uint8Array,
  limits?: Partial<AmfLimits>,
  classes: ReadonlyMap<string, ExternalizableClass> = flexClasses,
): AmfValue[] {
  const reader = new AmfReader(bytes, limits);
  const decoder = new Amf3Decoder(reader, classes);
  const values: AmfValue[] = [];
  while (reader.remaining > 0) values.push(decoder.readValue(0));
  return values;
}

/**
 * Encodes values of AMF3 that share their references.
 * An object, array, date or text that occurs again is written as a reference. A hole in an array is undefined. A typed object
 * without a class name is an anonymous one, an ECMA array without properties a strict one.
 * @throws ProtocolError `AMF_VALUE_INVALID` for what AMF3 cannot carry: `unsupported`, an empty key in an ECMA array, a property
 *   that a class without dynamic ones does not have, 2^28 bytes or items and more; `AMF_TOO_DEEP` beyond `deepestNesting`.
 */
export function encodeAmf3(...values: AmfValue[]): Buffer {
  const writer = new ByteWriter();
  const encoder = new Amf3Encoder(writer);
  for (const value of values) encoder.writeValue(value, 0);
  return writer.finish();
}
